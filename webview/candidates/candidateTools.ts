import type { CandidateString } from "../../src/protocol/candidates.ts";
import type { Display } from "../../src/protocol/queue.ts";
import type { LoadText } from "../ui/longText.ts";
import type { Tools } from "../ui/tools.ts";

/** What the parts of this page are made with. */
export interface CandidateTools extends Tools<CandidateString> {
  readonly display: Display;
  readonly load: LoadText;
  /** Opens another instruction as a document. */
  readonly open: (instructionId: number) => void;
}
