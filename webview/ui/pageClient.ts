import type { Handlers, MessageHandler } from "../../src/protocol/messages.ts";
import type { PageCommand, PageSettings, QueueHostCalls, QueueWebviewCalls, Screen } from "../../src/protocol/queue.ts";
import { KeptItems } from "./keptItems.ts";

/** Items that are kept: those sent ahead, and a few behind for whoever goes back. */
const KEPT = 24;
/** Milliseconds after which an item that comes soon is prepared even though the page was never idle. */
const IDLE_TIMEOUT = 300;

type ItemScreen<Item> = Extract<Screen<Item>, { state: "item" }>;

/** A screen that is ready to be shown: its item is there. */
export type Shown<Item> = Exclude<Screen<Item>, { state: "item" }> | (ItemScreen<Item> & { readonly item: Item });

/** The page's element as its client sees it. */
export interface QueuePage<Item, Strings> {
  /** The page's texts and keys; once, before anything is shown. */
  begin(settings: PageSettings<Strings>): void;
  /** Shows a screen; resolves when its elements are in place. */
  show(screen: Shown<Item>): Promise<unknown>;
  /** Does ahead what showing the item will need; called when the page is idle. */
  prepare(item: Item): void;
  /** Does what a key asks of the page itself. */
  command(command: PageCommand): void;
  /** What the editor could not do, in a sentence; null when it answers again. */
  trouble(problem: string | null): void;
}

/** What the client asks of the editor: every page's peer can be asked as much. */
export type QueuePeer<Item, Strings> = Pick<
  MessageHandler<QueueHostCalls<Item, Strings>, QueueWebviewCalls<Item>>,
  "request" | "tell"
>;

/**
 * The page's end of the conversation on the queue. It keeps items that were sent ahead, so that the next one is shown without
 * asking; asks for the screen where it lacks an item, at the start and when the page is seen again; and tells the editor when
 * an item has been painted.
 */
export class PageClient<Item, Strings> {
  /** The page's answers to the editor's calls; a page with more calls adds its own. */
  readonly handlers: Handlers<QueueWebviewCalls<Item>>;
  readonly #page: QueuePage<Item, Strings>;
  readonly #items = new KeptItems<Item>(KEPT);
  #peer: QueuePeer<Item, Strings> | null = null;
  /** Counts screens: what is finished for an older one is of no interest. */
  #shown = 0;
  #painted: string | null = null;

  constructor(page: QueuePage<Item, Strings>) {
    this.#page = page;
    this.handlers = {
      show: async (screen) => {
        await this.#receive(screen);
        return null;
      },
      ahead: ({ entry, item }) => {
        this.#items.keep(entry.key, item);
        requestIdleCallback(() => this.#page.prepare(item), { timeout: IDLE_TIMEOUT });
        return null;
      },
      command: ({ command }) => {
        this.#page.command(command);
        return null;
      },
    };
  }

  /** Asks for the texts and the first screen, and from then on for the screen whenever the page is seen again. */
  async start(peer: QueuePeer<Item, Strings>): Promise<void> {
    this.#peer = peer;
    try {
      this.#page.begin(await peer.request("hello", null));
    } catch (error) {
      this.#page.trouble(sentenceOf(error));
      return;
    }
    await this.load();
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") {
        this.#painted = null;
        void this.load();
      }
    });
  }

  /** Asks for the screen as it stands. */
  async load(): Promise<void> {
    const before = this.#shown;
    try {
      const screen = await this.#peer?.request("load", null);
      // A screen that the editor showed in the meantime is newer than the reply.
      if (screen && before === this.#shown) {
        await this.#receive(screen, true);
      }
      this.#page.trouble(null);
    } catch (error) {
      this.#page.trouble(sentenceOf(error));
    }
  }

  /** Runs a command of the editor, as its key does. */
  async act(command: string, argument?: unknown): Promise<void> {
    try {
      await this.#peer?.request("act", argument === undefined ? { command } : { command, argument });
    } catch (error) {
      this.#page.trouble(sentenceOf(error));
    }
  }

  async #receive(screen: Screen<Item>, loaded = false): Promise<void> {
    if (screen.state !== "item") {
      this.#painted = null;
      this.#shown++;
      await this.#page.show(screen);
      return;
    }
    const { key } = screen.entry;
    const item = screen.item ?? this.#items.take(key);
    if (item === undefined) {
      if (loaded) {
        throw new Error("The editor did not send what is to be shown.");
      }
      await this.load();
      return;
    }
    this.#items.keep(key, item);
    const turn = ++this.#shown;
    await this.#page.show({ ...screen, item });
    afterPaint(() => {
      // A display that changes on the same item paints it again; the time on it goes on.
      if (turn === this.#shown && this.#painted !== key) {
        this.#painted = key;
        this.#peer?.tell("painted", { key });
      }
    });
  }
}

/** Calls back when the frame with the present elements is on screen: within it is too early, at the next one it is. */
function afterPaint(then: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(then));
}

/** An error as the page shows it. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
