import { oneLine } from "./trees/text.ts";

const LONGEST = 1000;

/**
 * A sentence as a notification may show it. The editor makes a link of every `[text](target)` there, and one to a command
 * runs it: in what a file, a project or an endpoint has said, such a thing must stay text.
 */
export function noticeText(sentence: string): string {
  return oneLine(sentence, LONGEST).replaceAll("](", "] (");
}
