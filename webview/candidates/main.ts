import "../ui/page.css";
import "../ui/queue.css";
import "../ui/text.css";
import "./candidates.css";
import type { CandidateHostCalls, CandidateWebviewCalls } from "../../src/protocol/candidates.ts";
import { MessageHandler } from "../../src/protocol/messages.ts";
import { CheatSheetElement } from "../ui/cheatSheet.ts";
import { EditFormElement } from "../ui/editForm.ts";
import { editor } from "../ui/editor.ts";
import { LongTextElement } from "../ui/longText.ts";
import { registerWritingControls } from "../ui/toolkit.ts";
import { CandidatesElement } from "./candidatesElement.ts";

registerWritingControls();
customElements.define("lion-cheat-sheet", CheatSheetElement);
customElements.define("lion-edit-form", EditFormElement);
customElements.define("lion-text", LongTextElement);
customElements.define("lion-candidates", CandidatesElement);

const page = document.querySelector("lion-candidates");
if (page instanceof CandidatesElement) {
  const peer = new MessageHandler<CandidateHostCalls, CandidateWebviewCalls>((message) => editor.postMessage(message), {
    ...page.client.handlers,
    approval: (approval) => {
      page.approval = approval;
      return null;
    },
  });
  window.addEventListener("message", ({ data }) => peer.receive(data));
  void page.start(peer);
}
