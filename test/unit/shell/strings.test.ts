import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stringsIn } from "../../../scripts/strings.mts";

describe("the texts for translators", () => {
  it("are found wherever they are said, each once", () => {
    const source = `
      l10n.t("Run {0}", stage); words.t(
        "He said \\"no\\".",
      ); this.t("Run {0}", x); other("not this"); at("nor this");`;
    assert.deepEqual(stringsIn([source]), ['He said "no".', "Run {0}"]);
  });
});
