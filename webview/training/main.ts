import "uplot/dist/uPlot.min.css";
import "../ui/page.css";
import "../ui/report.css";
import "../ui/text.css";
import "./training.css";
import { MessageHandler } from "../../src/protocol/messages.ts";
import type { TrainingHostCalls, TrainingWebviewCalls } from "../../src/protocol/training.ts";
import { editor } from "../ui/editor.ts";
import { registerControls } from "../ui/toolkit.ts";
import { CurveElement } from "./curveElement.ts";
import { LogElement } from "./logElement.ts";
import { TrainingElement } from "./trainingElement.ts";

registerControls();
customElements.define("lion-curve", CurveElement);
customElements.define("lion-log", LogElement);
customElements.define("lion-training", TrainingElement);

const page = document.querySelector("lion-training");
if (page instanceof TrainingElement) {
  const peer = new MessageHandler<TrainingHostCalls, TrainingWebviewCalls>((message) => editor.postMessage(message), {
    changed: () => {
      page.changed();
      return null;
    },
    choose: ({ id }) => {
      page.choose(id);
      return null;
    },
    command: ({ command }) => {
      page.command(command);
      return null;
    },
  });
  window.addEventListener("message", ({ data }) => peer.receive(data));
  void page.start(peer);
}
