import type { Disposable } from "vscode";
import type { QueueEntry } from "../../core/browse/queues.ts";
import { LionError, messageOf } from "../../core/errors.ts";
import type { Act } from "../../core/review/act.ts";
import type { Display, Editing, Screen } from "../../protocol/queue.ts";
import { requireTrust } from "../commands/registry.ts";
import { setContextKey, settledContextKey } from "../contextKeys.ts";
import type { ChangedPart, ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { Claims } from "./claims.ts";
import { type OpenedQueue, openQueue, optionsFor, type QueueFrame, refuseTaken } from "./openedQueue.ts";
import type { Deciding, QueueKind, QueueScreen, Target } from "./queueKind.ts";
import { QueueMemory, readDisplay } from "./queueMemory.ts";
import { keyOf } from "./queueSession.ts";
import { Sitting } from "./sitting.ts";
import { stepsOf } from "./steps.ts";

const DISPLAY = "lion.queue.display";
/** What others do is seen so late at most. */
const RENEW_MS = 1000;
/** A page in front has painted an item long before; one that has not by then will not. */
const SEEN_MS = 500;

/**
 * Drives one page: it opens the queue that is chosen, carries out acts one after the other, each about what the person has
 * seen, and tells the page what to show. Between a key and that message stands the write and nothing else; what can wait
 * is done when the message is on its way.
 */
export class QueueDriver<Query, Item> implements Disposable {
  readonly kind: QueueKind<Query, Item>;
  readonly #shell: Shell;
  #screen: QueueScreen<Item> | null = null;
  #frame: (QueueFrame<Query> & { readonly listener: Disposable }) | null = null;
  #open: OpenedQueue<Query, Item> | null = null;
  #ready: Promise<void> = Promise.resolve();
  #acts: Promise<unknown> = Promise.resolve();
  #renewing: NodeJS.Timeout | null = null;
  #isStale = false;
  /** The newest decision that the queue knows of. */
  #known = 0;

  constructor(shell: Shell, kind: QueueKind<Query, Item>) {
    this.#shell = shell;
    this.kind = kind;
  }

  attach(screen: QueueScreen<Item>): void {
    this.#screen = screen;
  }

  /** Resolves when the project's queue is open, or there is none. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  get opened(): OpenedQueue<Query, Item> | null {
    return this.#open;
  }

  /** What is open. @throws LionError when nothing is. */
  require(): OpenedQueue<Query, Item> {
    if (!this.#open) {
      throw new LionError("input", editorWords().t("No queue is open: open Review or Compare first."));
    }
    return this.#open;
  }

  /** What is before the person. @throws LionError when nothing is. */
  requireEntry(): QueueEntry {
    const entry = this.require().desk.queue.current;
    if (!entry) {
      throw new LionError("input", editorWords().t("Nothing is before you: choose another queue."));
    }
    return entry;
  }

  /** Takes another project, or none. */
  async follow(session: ProjectSession | null): Promise<void> {
    if (session === (this.#frame?.session ?? null)) {
      return;
    }
    this.#leave();
    if (session) {
      const memory = new QueueMemory<Query>(this.#shell.context.workspaceState, {
        ...{ page: this.kind.name, folder: session.folder },
        read: (stored) => this.kind.readQuery(stored),
      });
      const listener = session.onDidChange((parts) => this.#changed(parts));
      this.#frame = { session, memory, listener, claims: new Claims(session), sitting: new Sitting(session.clock) };
      this.#ready = this.#start();
      await this.#ready;
      this.show(true);
    }
  }

  /**
   * Decides about what is before the person, or was when they were asked something: it is stored, then the next item is
   * shown. A key that is quicker than the page waits for it.
   *
   * @param said what was done, in words.
   */
  async decide(perform: (by: Deciding) => Act, said: (entry: QueueEntry) => string, asked?: QueueEntry): Promise<void> {
    await this.inTurn(async () => {
      requireTrust();
      if (!asked && this.#screen?.isVisible()) {
        await this.require().desk.seen(SEEN_MS);
      }
      await this.#decideAbout(asked ?? this.requireEntry(), perform, said);
    });
  }

  /** Does one thing after the other, in the order in which they were asked for. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#acts.then(work, work);
    this.#acts = turn.catch(() => null);
    return turn;
  }

  /** Moves in the queue without deciding anything. */
  async move(how: "next" | "previous" | "skip"): Promise<void> {
    await this.inTurn(async () => {
      const { desk } = this.require();
      const words = editorWords();
      const moved = desk.queue[how]();
      desk.say(moved ? "" : how === "previous" ? words.t("This is the first one.") : words.t("This is the last one."));
      this.show();
    });
  }

  /** Goes through another queue, or through the same one blind or not. */
  async choose(query: Query, blind?: boolean): Promise<void> {
    await this.inTurn(async () => {
      const { memory } = this.require();
      if (blind !== undefined) {
        await memory.keepBlind(blind);
      }
      await memory.keepQuery(query);
      await this.#start();
      this.show(true);
    });
  }

  /** Shows an item; one that is not in the queue on its own. */
  goTo(target: Target): void {
    const { session, desk } = this.require();
    const entry = this.kind.entryOf(session, target);
    if (!desk.queue.goTo(entry.subject)) {
      desk.queue.showAlone(entry);
    }
    // What was said stays: an edit leads here.
    desk.say(desk.said);
    this.show();
  }

  setDisplay(change: Partial<Display>): void {
    const { desk } = this.require();
    desk.display = { ...desk.display, ...change };
    void this.#shell.context.globalState.update(DISPLAY, desk.display);
    this.show();
  }

  setNote(note: string): void {
    const { desk } = this.require();
    desk.note = note;
    desk.said = note === "" ? "" : editorWords().t("The note goes with your next decision on this item.");
    this.show();
  }

  /** Begins to edit on the page, or ends it. Letters are no commands any more before the page shows a field. */
  async setEditing(editing: Editing | null): Promise<void> {
    const { desk } = this.require();
    desk.editing = editing;
    await settledContextKey("editing", editing !== null && this.#screen?.isActive() === true);
    this.show();
  }

  saveEdit(instructionId: number, fields: Readonly<Record<string, string>>, note: string): Promise<string | null> {
    return this.kind.saveEdit(instructionId, fields, note);
  }

  /** Tells what was done, where it was no decision on the item. */
  say(said: string): void {
    const { desk } = this.require();
    desk.renew();
    this.#noteSteps();
    desk.say(said);
    this.show(true);
  }

  /** Many were decided at once; what is before the person is passed if it is among them. */
  decidedMany(subjects: readonly string[], said: string): void {
    const { queue } = this.require().desk;
    queue.setDecided(subjects, true);
    queue.pass();
    this.say(said);
  }

  /** An undo or a redo was made: what it was about is shown, if it belongs here. */
  stepped(subjects: readonly string[], isUndo: boolean, said: string): void {
    const opened = this.#open;
    if (!opened) {
      return;
    }
    const { queue } = opened.desk;
    queue.setDecided(subjects, !isUndo);
    opened.desk.renew();
    const [subject] = subjects;
    if (isUndo && subject !== undefined && !queue.goTo(subject)) {
      const entry = subjects.length === 1 ? this.#entryOfSubject(subject) : null;
      if (entry) {
        queue.showAlone(entry);
      }
    } else if (!isUndo) {
      queue.advance();
    }
    this.#noteSteps();
    opened.desk.say(said);
    this.show(true);
  }

  /** Something that no decision changed, such as an answer, may be new in the items. */
  refreshItems(): void {
    const opened = this.#open;
    if (opened && this.#screen?.isVisible()) {
      if (opened.desk.renewItems()) {
        this.show(true);
      } else {
        setImmediate(() => this.#afterShow(opened));
      }
    }
  }

  painted(key: string): void {
    this.#open?.desk.painted(key);
  }

  /** The whole screen, for a page that asks; null when no project is open. */
  load(): Screen<Item> | null {
    const opened = this.#open;
    if (!opened) {
      return null;
    }
    const screen = opened.desk.screen(true);
    setImmediate(() => this.#afterShow(opened));
    return screen;
  }

  /** Tells the page what to show, then does what can wait. */
  show(whole = false): void {
    const opened = this.#open;
    if (opened && this.#screen?.isVisible()) {
      this.#screen.show(opened.desk.screen(whole));
      setImmediate(() => this.#afterShow(opened));
    }
  }

  seenOrHidden(): void {
    if (this.#screen?.isVisible()) {
      this.#renew();
    } else {
      this.#open?.desk.hide();
      void this.#frame?.claims.release();
    }
    this.#tellContext();
  }

  dispose(): void {
    this.#leave();
  }

  async #decideAbout(
    entry: QueueEntry,
    perform: (by: Deciding) => Act,
    sentence: (entry: QueueEntry) => string,
  ): Promise<void> {
    const { session } = this.require();
    const actor = await session.actor();
    await this.#as(actor, entry);
    const opened = this.require();
    const { desk, source } = opened;
    const { current } = desk.queue;
    const isCurrent = current !== null && keyOf(current) === keyOf(entry);
    const wasDecided = isCurrent ? desk.isShownDecided : source.isDecided(entry);
    const options = optionsFor(opened, entry, isCurrent ? desk.milliseconds : null);
    const act = await session.write(() => {
      refuseTaken(opened, entry, wasDecided);
      const { store, clock } = session;
      return perform({ entry, options, store, clock, actor });
    });
    const said = sentence(entry);
    this.#known = act.decisions.at(-1)?.id ?? this.#known;
    desk.steps = { undo: said, redo: null };
    if (isCurrent) {
      desk.decided(wasDecided, said);
    } else {
      desk.queue.setDecided([entry.subject], true);
      desk.say(said);
    }
    this.show();
  }

  /** Opens the queue that was open last, for a person. */
  async #start(actor?: string): Promise<void> {
    const frame = this.#frame;
    const name = actor ?? (await frame?.session.likelyActor()) ?? "";
    if (frame && frame === this.#frame) {
      const { session, memory } = frame;
      const query = memory.query ?? this.kind.firstQuery(session);
      const viewer = { actor: name, blind: memory.blind };
      const display = readDisplay(this.#shell.context.globalState.get(DISPLAY));
      this.#known = session.store.decisions.highestId();
      this.#open = openQueue(frame, { query, viewer, display, source: this.kind.source(session, query, viewer) });
    }
  }

  /** Somebody who is asked for another name than the likely one goes on under it, at the same item. */
  async #as(actor: string, { subject }: QueueEntry): Promise<void> {
    const { desk, claims } = this.require();
    if (desk.actor !== actor) {
      const { current } = desk.queue;
      // What was claimed under the likely name would be another person's.
      await claims.release();
      await this.#start(actor);
      const { queue } = this.require().desk;
      if (!queue.goTo(subject) && current) {
        queue.showAlone(current);
      }
    }
  }

  #entryOfSubject(subject: string): QueueEntry | null {
    const [, first, second] = subject.split(":").map(Number);
    const target = second === undefined ? { instructionId: first } : { instructionId: second, iteration: first };
    try {
      const entry = this.kind.entryOf(this.require().session, target as Target);
      return entry.subject === subject ? entry : null;
    } catch {
      // It belongs to the other page.
      return null;
    }
  }

  #noteSteps(): void {
    const { desk, session } = this.require();
    this.#known = session.store.decisions.highestId();
    desk.steps = stepsOf(session, desk.actor, editorWords());
  }

  #afterShow(opened: OpenedQueue<Query, Item>): void {
    if (this.#open !== opened || !this.#screen?.isVisible()) {
      return;
    }
    const { desk, memory, query } = opened;
    for (const { key, entry, item } of desk.ahead()) {
      this.#screen.ahead({ key, instructionId: entry.instructionId, reason: entry.reason }, item);
    }
    this.#tellContext();
    const { current } = desk.queue;
    if (desk.queue.position > 0 && current) {
      memory.keepPositionSoon(query, keyOf(current));
    }
    void this.#claim(opened);
    this.kind.afterShow(opened);
  }

  async #claim({ desk, claims }: OpenedQueue<Query, Item>): Promise<void> {
    const { current } = desk.queue;
    const wanted = [...(current ? [current] : []), ...desk.queue.ahead(1)].map(({ subject }) => subject);
    const held = await claims.hold(wanted, desk.actor);
    desk.queue.setHeld(held);
    if (current && current === desk.queue.current && desk === this.#open?.desk && held.has(current.subject)) {
      desk.queue.advance();
      desk.say(editorWords().t("#{0} is before another person: here is the next one.", current.instructionId));
      this.show();
    }
  }

  /** Own decisions change nothing in the queue that is not known; reading all of it takes long where it is large. */
  #changed(parts: ReadonlySet<ChangedPart>): void {
    const isOwn = [...parts].every((part) => part === "decisions" || part === "engine");
    if (isOwn && this.#frame?.session.store.decisions.highestId() === this.#known) {
      return;
    }
    this.#isStale = true;
    this.#renewing ??= setTimeout(() => {
      this.#renewing = null;
      this.#renew();
    }, RENEW_MS);
  }

  #renew(): void {
    const opened = this.#open;
    if (!opened || !this.#isStale || !this.#screen?.isVisible()) {
      return;
    }
    try {
      this.#known = opened.session.store.decisions.highestId();
      this.#isStale = false;
      if (opened.desk.renew()) {
        this.show(true);
      }
    } catch (error) {
      // The database is busy for a moment; the next change will do.
      this.#isStale = true;
      this.#shell.log.debug(messageOf(error));
    }
  }

  #tellContext(): void {
    if (this.#screen?.isActive()) {
      const desk = this.#open?.desk;
      setContextKey("editing", (desk?.editing ?? null) !== null);
      setContextKey("queueHelp", desk?.display.help ?? false);
      setContextKey("suggested", desk?.item ? this.kind.isSuggested(desk.item) : false);
    }
  }

  #leave(): void {
    const frame = this.#frame;
    this.#frame = null;
    this.#open = null;
    this.#ready = Promise.resolve();
    if (this.#renewing) {
      clearTimeout(this.#renewing);
      this.#renewing = null;
    }
    frame?.listener.dispose();
    void frame?.claims.release();
  }
}
