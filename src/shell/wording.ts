/** What the command line's words are called in the editor, longest first. */
const WORDS: ReadonlyArray<readonly [RegExp, string]> = [
  [/`lion run --allow-calls [^`]*`/g, "“Lion: Resume” with a larger allowance"],
  [/`lion retry[^`]*`/g, "“Lion: Retry Failed With…”"],
  [/`lion rerate[^`]*`/g, "“Lion: Re-rate Stored Answers…”"],
  [/`lion new`/g, "“Lion: New Instruction…”"],
  [/`lion follow`/g, "the Iterations view"],
  [/`lion run --retry-failed`/g, "“Lion: Retry Failed With…”"],
  [/`lion run (imitation|discrimination|generation)`/g, "“Lion: Run $1”"],
  [/`lion run`/g, "“Lion: Run Next Iteration”"],
  [/`lion pause`/g, "“Lion: Pause”"],
  [/`lion review finish`/g, "“Lion: Finish Approval”"],
  [/`lion review approve`/g, "“Approve Checked” in To Review"],
  [/`lion review list(?: --sample)?`/g, "the To Review view"],
  [/`lion import(?: FILE)?`/g, "“Lion: Import…”"],
  [/`lion init`/g, "“Lion: New Project…”"],
  [/`lion status`/g, "the Iterations view"],
  [/`lion estimate`/g, "“Lion: Estimate Next Iteration”"],
  [/`lion backup`/g, "“Lion: Back Up…”"],
  [/`lion export[^`]*`/g, "“Lion: Export…”"],
  [/`lion (?:checkpoint|job) list`/g, "the Checkpoints & Jobs view"],
  [/`lion job log[^`]*`/g, "“Lion: Open Job Log”"],
  [/`lion job cancel[^`]*`/g, "“Lion: Cancel Job…”"],
  [/`lion checkpoint fetch[^`]*`/g, "“Lion: Fetch Checkpoint…”"],
  [/`lion checkpoint register[^`]*`/g, "“Lion: Register Checkpoint…”"],
  [/`lion target check[^`]*`/g, "“Lion: Check Training Target…”"],
  [/`lion target accept-key[^`]*`/g, "“Lion: Accept Host Key…”"],
];

/** Stage names start the titles of their commands with a capital. */
function capitalise(sentence: string): string {
  return sentence.replace(/“Lion: Run (\w)/g, (_, letter: string) => `“Lion: Run ${letter.toUpperCase()}`);
}

/** A sentence of the core in which commands have the names that they have in the editor. */
export function inEditorWords(sentence: string): string {
  return capitalise(WORDS.reduce((text, [command, words]) => text.replace(command, words), sentence));
}
