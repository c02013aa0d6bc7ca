import DOMPurify from "dompurify";
import { seen, wellFormed } from "./invisible.ts";
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS, markdownHtml } from "./markdown.ts";
import { textBlocks } from "./textBlocks.ts";

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

/** A hostile text as it is written, in blocks of which only those in view cost anything. */
export function plainText(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const block of textBlocks(wellFormed(text))) {
    const element = document.createElement("div");
    element.className = "text-block";
    element.append(...seen(block).map(nodeOf));
    fragment.append(element);
  }
  return fragment;
}

function nodeOf({ text, code }: ReturnType<typeof seen>[number]): Node {
  if (code === null) {
    return document.createTextNode(text);
  }
  const mark = document.createElement("span");
  mark.className = "invisible";
  mark.setAttribute("data-code", code);
  mark.textContent = text;
  return mark;
}
