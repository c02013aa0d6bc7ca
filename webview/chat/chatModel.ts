import type { AnswerNews, ChatAnswer, ChatExchange } from "../../src/protocol/chat.ts";

/** Exchanges with what has become of one answer; null when something before it was missed, so that all must be loaded. */
export function withNews(exchanges: readonly ChatExchange[], news: AnswerNews): readonly ChatExchange[] | null {
  const exchange = exchanges.find(({ id }) => id === news.exchange);
  const known = exchange?.answers.find(({ student }) => student === news.answer.student);
  if (!exchange || !known || (news.from !== known.text.length && news.from !== 0)) {
    return null;
  }
  const answer: ChatAnswer = { ...news.answer, text: known.text.slice(0, news.from) + news.text };
  const answers = exchange.answers.map((one) => (one === known ? answer : one));
  return exchanges.map((one) => (one === exchange ? { ...one, answers } : one));
}

/** Whether somebody still answers. */
export function isAnswering(exchanges: readonly ChatExchange[]): boolean {
  return exchanges.some(({ answers }) => answers.some(({ state }) => state === "starting" || state === "answering"));
}
