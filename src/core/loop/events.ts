import type { StageName, StageState } from "../store/iterations.ts";

/** What the loop tells whoever runs it. */
export type LoopEvent =
  | {
      readonly event: "stage";
      readonly iteration: number;
      readonly stage: StageName;
      readonly state: StageState;
      readonly note: string;
    }
  | {
      readonly event: "progress";
      readonly iteration: number;
      readonly stage: StageName;
      /** What is being counted: `teacher answers`, `training steps`, `rated` … */
      readonly step: string;
      readonly done: number;
      /** Null while the end is not known. */
      readonly total: number | null;
      readonly detail: string;
    }
  | { readonly event: "note"; readonly text: string };

export type Listener = (event: LoopEvent) => void;

/** Reports the progress of one step of a stage. */
export type Report = (step: string, done: number, total: number | null, detail?: string) => void;
