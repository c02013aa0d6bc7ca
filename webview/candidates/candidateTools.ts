import type { CandidateString } from "../../src/protocol/candidates.ts";
import type { QueueTools } from "../ui/queueElement.ts";

/** What the parts of this page are made with. */
export type CandidateTools = QueueTools<CandidateString>;
