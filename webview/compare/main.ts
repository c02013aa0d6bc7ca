import "../ui/page.css";
import "../ui/queue.css";
import "../ui/text.css";
import "./compare.css";
import "./evidence.css";
import type { CompareHostCalls, CompareWebviewCalls } from "../../src/protocol/compare.ts";
import { MessageHandler } from "../../src/protocol/messages.ts";
import { CheatSheetElement } from "../ui/cheatSheet.ts";
import { EditFormElement } from "../ui/editForm.ts";
import { editor } from "../ui/editor.ts";
import { LongTextElement } from "../ui/longText.ts";
import { registerWritingControls } from "../ui/toolkit.ts";
import { CompareElement } from "./compareElement.ts";
import { TauElement } from "./tauElement.ts";

registerWritingControls();
customElements.define("lion-cheat-sheet", CheatSheetElement);
customElements.define("lion-edit-form", EditFormElement);
customElements.define("lion-text", LongTextElement);
customElements.define("lion-tau", TauElement);
customElements.define("lion-compare", CompareElement);

const page = document.querySelector("lion-compare");
if (page instanceof CompareElement) {
  const peer = new MessageHandler<CompareHostCalls, CompareWebviewCalls>(
    (message) => editor.postMessage(message),
    page.client.handlers,
  );
  window.addEventListener("message", ({ data }) => peer.receive(data));
  void page.start(peer);
}
