/** Idle and without a client for so long, an engine ends. */
const IDLE_MS = 2000;
/** A window that reloads comes back within this time; then the work without a client pauses. */
const GRACE_MS = 3000;
/** Whoever started the engine attaches within this time. */
const FIRST_CLIENT_MS = 15_000;

interface Situation {
  readonly phase: "idle" | "running" | "pausing";
  readonly unattended: boolean;
  readonly clients: number;
}

/**
 * Sees to it that no engine works, or waits, for nobody: attended work pauses when its last client is gone, and an idle
 * engine without a client ends.
 */
export class Attendance {
  readonly #situation: () => Situation;
  readonly #acts: { readonly pause: () => void; readonly end: () => void };
  #wasAttended = false;
  #waitingFor: "pause" | "end" | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(situation: () => Situation, acts: { readonly pause: () => void; readonly end: () => void }) {
    this.#situation = situation;
    this.#acts = acts;
    this.update();
  }

  /** Call it whenever the situation may be another. */
  update(): void {
    const { phase, unattended, clients } = this.#situation();
    this.#wasAttended ||= clients > 0;
    if (clients > 0 || phase === "pausing" || (phase === "running" && unattended)) {
      this.#waitFor(null, 0);
    } else if (phase === "running") {
      this.#waitFor("pause", GRACE_MS);
    } else {
      this.#waitFor("end", this.#wasAttended ? IDLE_MS : FIRST_CLIENT_MS);
    }
  }

  stop(): void {
    this.#waitFor(null, 0);
  }

  #waitFor(act: "pause" | "end" | null, milliseconds: number): void {
    if (act === this.#waitingFor) {
      return;
    }
    if (this.#timer) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    this.#waitingFor = act;
    if (act) {
      this.#timer = setTimeout(() => {
        this.#waitingFor = null;
        this.#timer = null;
        this.#acts[act]();
      }, milliseconds);
    }
  }
}
