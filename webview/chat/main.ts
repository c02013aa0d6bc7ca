import "../ui/page.css";
import "../ui/report.css";
import "../ui/text.css";
import "./chat.css";
import type { ChatHostCalls, ChatWebviewCalls } from "../../src/protocol/chat.ts";
import { MessageHandler } from "../../src/protocol/messages.ts";
import { editor } from "../ui/editor.ts";
import { registerAskingControls } from "../ui/toolkit.ts";
import { AnswerTextElement } from "./answerText.ts";
import { ChatElement } from "./chatElement.ts";
import { ComposerElement } from "./composerElement.ts";

registerAskingControls();
customElements.define("lion-answer-text", AnswerTextElement);
customElements.define("lion-composer", ComposerElement);
customElements.define("lion-chat", ChatElement);

const page = document.querySelector("lion-chat");
if (page instanceof ChatElement) {
  const peer = new MessageHandler<ChatHostCalls, ChatWebviewCalls>((message) => editor.postMessage(message), {
    changed: () => {
      void page.load();
      return null;
    },
    news: (news) => {
      page.news(news);
      return null;
    },
  });
  window.addEventListener("message", ({ data }) => peer.receive(data));
  void page.start(peer);
}
