import { seen, wellFormed } from "./invisible.ts";
import { textBlocks } from "./textBlocks.ts";

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
