import "../ui/page.css";
import "../ui/report.css";
import "./dashboard.css";
import type { DashboardHostCalls, DashboardWebviewCalls } from "../../src/protocol/dashboard.ts";
import { MessageHandler } from "../../src/protocol/messages.ts";
import { editor } from "../ui/editor.ts";
import { registerControls } from "../ui/toolkit.ts";
import { DashboardElement } from "./dashboardElement.ts";
import { FigureElement } from "./figureElement.ts";

registerControls();
customElements.define("lion-figure", FigureElement);
customElements.define("lion-dashboard", DashboardElement);

const dashboard = document.querySelector("lion-dashboard");
if (dashboard instanceof DashboardElement) {
  const peer = new MessageHandler<DashboardHostCalls, DashboardWebviewCalls>((message) => editor.postMessage(message), {
    changed: () => {
      void dashboard.load();
      return null;
    },
  });
  window.addEventListener("message", ({ data }) => peer.receive(data));
  void dashboard.start(peer);
}
