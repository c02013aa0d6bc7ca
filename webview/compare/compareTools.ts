import type { CompareString } from "../../src/protocol/compare.ts";
import type { QueueTools } from "../ui/queueElement.ts";

/** What the parts of this page are made with. */
export type CompareTools = QueueTools<CompareString>;

/** Texts and numbers alone, for what is only worded. */
export type Wording = Pick<CompareTools, "text" | "formats">;
