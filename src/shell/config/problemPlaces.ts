import type { JsonDocument, Stretch } from "../../core/project/document.ts";
import type { Problem } from "../../core/project/problems.ts";

/**
 * What to underline for a problem: the value; the key where a whole section is meant, or where the key itself is wrong;
 * the nearest section's key where something is missing.
 */
export function stretchOfProblem(document: JsonDocument, { path, remedies }: Problem): Stretch {
  const isKeyWrong = remedies?.some(({ kind }) => kind === "rename") ?? false;
  for (let length = path.length; length > 0; length--) {
    const place = document.placeOf(path.slice(0, length));
    if (place) {
      const wantsKey = isKeyWrong || length < path.length || document.isSection(path.slice(0, length));
      return wantsKey ? (place.key ?? place.value) : place.value;
    }
  }
  return { offset: document.offsetOf([]), length: 1 };
}
