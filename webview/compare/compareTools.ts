import type { CompareString } from "../../src/protocol/compare.ts";
import type { Display } from "../../src/protocol/queue.ts";
import type { LoadText } from "../ui/longText.ts";
import type { Tools } from "../ui/tools.ts";

/** What the parts of this page are made with. */
export interface CompareTools extends Tools<CompareString> {
  readonly display: Display;
  readonly load: LoadText;
  /** Opens another instruction as a document. */
  readonly open: (instructionId: number) => void;
}

/** Texts and numbers alone, for what is only worded. */
export type Wording = Pick<CompareTools, "text" | "formats">;
