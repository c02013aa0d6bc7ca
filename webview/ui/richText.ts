import DOMPurify from "dompurify";
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS, markdownHtml } from "./markdown.ts";

/**
 * A hostile text as Markdown, in elements that can do nothing: made of few tags, cleaned once more, without an address that
 * anything is loaded from or led to. Null where it is better shown as it is written.
 */
export function richText(text: string): DocumentFragment | null {
  const html = markdownHtml(text);
  return html === null
    ? null
    : DOMPurify.sanitize(html, {
        ALLOWED_TAGS: [...ALLOWED_TAGS],
        ALLOWED_ATTR: [...ALLOWED_ATTRIBUTES],
        ALLOW_DATA_ATTR: false,
        ALLOW_ARIA_ATTR: false,
        RETURN_DOM_FRAGMENT: true,
      });
}
