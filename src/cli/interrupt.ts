/** One Ctrl+C can arrive twice: from the terminal, and passed on by `npx` or `npm run`. */
const SAME_KEYSTROKE_MS = 1000;

/**
 * Calls `act` at the first Ctrl+C (or SIGTERM); a second one leaves at once. Returns what takes this away again.
 */
export function onInterrupt(act: () => void): () => void {
  let firstAt: number | null = null;
  const interrupt = (): void => {
    if (firstAt === null) {
      firstAt = Date.now();
      act();
    } else if (Date.now() - firstAt > SAME_KEYSTROKE_MS) {
      process.exit(130);
    }
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return () => {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  };
}
