import type { RefusalReason } from "../../protocol/candidates.ts";
import { reasonChoices } from "../trees/candidateItems.ts";
import type { Localizer } from "../trees/localizer.ts";

/** The reasons for refusing a candidate, with the keys that refuse for them at once: 1, 2 … */
export function refusalReasons(words: Localizer): RefusalReason[] {
  return reasonChoices(words).map(({ code, meaning }, at) => ({ code, meaning, key: String(at + 1) }));
}
