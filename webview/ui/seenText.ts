import { html, type TemplateResult } from "lit";
import { seen, wellFormed } from "./invisible.ts";

/** A short hostile text: invisible characters in it are shown by their codes and do nothing. */
export function seenText(text: string): ReadonlyArray<TemplateResult | string> {
  return seen(wellFormed(text)).map(({ text: stretch, code }) =>
    code === null ? stretch : html`<span class="invisible" data-code=${code}>${stretch}</span>`,
  );
}
