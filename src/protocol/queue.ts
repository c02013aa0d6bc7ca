/**
 * What the two pages on which a person decides, Compare and Review, have in common: a queue, one item of it on screen, and
 * the messages between the page and the editor. Texts of instructions and answers are hostile: data, never markup.
 *
 * Who does what: every key is a keybinding of the editor and runs a command there; a button on the page asks for the same
 * command by `act`. The editor decides, stores, moves the queue on and tells the page what to show. The page never decides
 * by itself which item is next; it keeps the items that were sent ahead so that the next one is there at once.
 */

/** A text that may be long: its beginning, and a name by which the page asks for the rest. */
export interface LongText {
  /** `answer:12`, `rating:7`, `turn:5:0`, `input:5` or `system:5`. */
  readonly ref: string;
  /** At most `TEXT_HEAD` characters. */
  readonly head: string;
  /** Characters of the whole text. */
  readonly length: number;
}

/** Characters of a text that are sent with its item; the rest is asked for in pieces of `TEXT_PIECE`. */
export const TEXT_HEAD = 20_000;
export const TEXT_PIECE = 100_000;

/** Why an item is in a person's queue. */
export type Reason =
  /** Nobody has decided about it, or the queue shows decided ones. */
  | "first"
  /** Another person has decided; this one is asked too, without seeing it. */
  | "second"
  /** This person has decided some time ago and is asked again, without seeing it. */
  | "again";

/** What is known of an item in the queue, before its content. */
export interface EntryState {
  /** Unique in the queue and stable: `12` or `2:12`, with the reason behind it where it is not the first. */
  readonly key: string;
  readonly instructionId: number;
  readonly reason: Reason;
}

/** A decision in force on the item, or a suggestion, as people are told of it. */
export interface StandingDecision {
  readonly decisionId: number;
  readonly actor: string;
  readonly mine: boolean;
  /** The decision's kind and, for an override, what was chosen: `approve`, `refuse`, `override:hard` … */
  readonly what: string;
  /** In words, as the page shows it. */
  readonly text: string;
  readonly note: string | null;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A queue that can be chosen: its filter and order in words. */
export interface QueueChoice {
  readonly id: string;
  readonly name: string;
  readonly count: number;
}

/** The queue as the header shows it. */
export interface QueueState {
  /** What is gone through, in words: “Hard, largest gap first”. */
  readonly title: string;
  /** Place of the item on screen, from 1; 0 when there is none. */
  readonly position: number;
  readonly total: number;
  /** Of the queue, decided by whomever. */
  readonly done: number;
  readonly left: number;
  /** This person's decisions an hour in this sitting; null before there are enough to tell. */
  readonly perHour: number | null;
  /** Minutes that the rest will take at that speed. */
  readonly minutesLeft: number | null;
  /** The act that Undo takes back and that Redo makes again, in words; null when there is none. */
  readonly undo: string | null;
  readonly redo: string | null;
  /** What was done last, in words, for the line that screen readers are told; empty when there is nothing to say. */
  readonly said: string;
  /** The person in whose name decisions are stored. */
  readonly actor: string;
  /** Why nothing can be decided, in a sentence (an untrusted folder, a newer file); null where it can. */
  readonly onlyRead: string | null;
  /** Blind mode of the whole queue. */
  readonly blind: boolean;
}

/** How the page shows things; each has a key. Kept over reloads and restarts, by the editor. */
export interface Display {
  /** Plain text instead of rendered Markdown. */
  readonly plain: boolean;
  /** Words that differ, or that are shared, are marked. */
  readonly marks: boolean;
  /** The referee's whole replies are open. */
  readonly details: boolean;
  /** The cheat sheet is open. */
  readonly help: boolean;
}

/** A piece of text that the person edits on the page. */
export interface Editing {
  /** What is edited: a candidate's instruction and input, or the teacher's answer. */
  readonly what: "instruction" | "answer";
  readonly instructionId: number;
  readonly fields: ReadonlyArray<{ readonly name: "instruction" | "input" | "answer"; readonly text: string }>;
}

/** One screen. `item` is left out when it was sent ahead and is still right: the page then has it under `entry.key`. */
export type Screen<Item> =
  | { readonly state: "noProject"; readonly problem: string | null }
  /** Nothing (more) is in the queue: what to do next is offered. */
  | {
      readonly state: "empty";
      readonly queue: QueueState;
      readonly why: EmptyReason;
      readonly others: readonly QueueChoice[];
    }
  | {
      readonly state: "item";
      readonly queue: QueueState;
      readonly entry: EntryState;
      readonly item?: Item;
      readonly display: Display;
      readonly editing: Editing | null;
    };

/** nothing: no iteration has made any. finished: all of the queue is decided. filtered: the filter hides all. claimed: others have the rest. */
export type EmptyReason = "nothing" | "finished" | "filtered" | "claimed";

/** Commands that both pages have; what their buttons say stands under their ids. */
export type QueueCommand =
  | "lion.queue.next"
  | "lion.queue.previous"
  | "lion.queue.skip"
  | "lion.undo"
  | "lion.redo"
  | "lion.queue.choose"
  | "lion.queue.exclude"
  | "lion.queue.note"
  | "lion.queue.edit"
  | "lion.queue.plain"
  | "lion.queue.marks"
  | "lion.queue.details"
  | "lion.queue.diff"
  | "lion.queue.accept"
  | "lion.queue.help"
  | "lion.queue.saveEdit"
  | "lion.queue.cancelEdit";

/** Texts of what both pages show, by name; a page's own texts are spread beside them and may say the same in its words. */
export type QueueString =
  | QueueCommand
  | "loading"
  | "failed"
  | "retry"
  | "position"
  | "progress"
  | "perHour"
  | "minutesLeft"
  | "hoursLeft"
  | "undoOf"
  | "redoOf"
  | "actor"
  | "blind"
  | "blindTitle"
  | "reasonSecond"
  | "reasonAgain"
  | "actions"
  | "helpTitle"
  | "helpHint"
  | "helpClose"
  | "groupDecide"
  | "groupMove"
  | "groupShow"
  | "groupEdit"
  | "fieldInstruction"
  | "fieldInput"
  | "fieldAnswer"
  | "fieldNote"
  | "editHint"
  | "editUnsaved"
  | "saving"
  | "emptyNothing"
  | "emptyNothingText"
  | "emptyFinished"
  | "emptyFinishedText"
  | "emptyFiltered"
  | "emptyFilteredText"
  | "emptyClaimed"
  | "emptyClaimedText"
  | "otherQueues"
  | "queueCount"
  | "noProject"
  | "noProjectText"
  | "standingTitle"
  | "decidedBy"
  | "decidedByMe"
  | "suggestedBy"
  | "noteOf"
  | "system"
  | "input"
  | "turnUser"
  | "turnAssistant"
  | "words"
  | "oneWord"
  | "showMore"
  | "showMoreFailed";

/** What a page is told once: its texts, and the keys as they are bound by default, by command. */
export interface PageSettings<Strings> {
  readonly strings: Strings;
  readonly language: string;
  /** `lion.queue.next` → `J`. */
  readonly keys: Readonly<Record<string, string>>;
}

/** Calls that both pages make of the editor. `Item` and `Strings` are the page's own. */
export type QueueHostCalls<Item, Strings> = {
  /** First: the page's texts. */
  readonly hello: { readonly body: null; readonly reply: PageSettings<Strings> };
  /** The screen as it stands, with its item. Also asked when the page has not kept an item. */
  readonly load: { readonly body: null; readonly reply: Screen<Item> };
  /** A piece of a long text from a character on. */
  readonly text: {
    readonly body: { readonly ref: string; readonly from: number };
    readonly reply: { readonly text: string; readonly next: number | null };
  };
  /** Runs one of the page's commands by its id, as its key does; `argument` only for commands that say so. */
  readonly act: { readonly body: { readonly command: string; readonly argument?: unknown }; readonly reply: null };
  /** What was written while editing. The reply says what is wrong with it, or null when it was stored. */
  readonly saveEdit: {
    readonly body: {
      readonly instructionId: number;
      readonly fields: Readonly<Record<string, string>>;
      readonly note: string;
    };
    readonly reply: { readonly problem: string | null };
  };
  /** Opens another instruction (a parent, a neighbour, a child) as a document. */
  readonly open: { readonly body: { readonly instructionId: number }; readonly reply: null };
  /** The item on screen was painted; with it the time on the item begins. */
  readonly painted: { readonly body: { readonly key: string }; readonly reply: null };
};

/** What the editor tells either page. */
export type QueueWebviewCalls<Item> = {
  readonly show: { readonly body: Screen<Item>; readonly reply: null };
  /** An item that comes soon. Replaces what is kept under its key. */
  readonly ahead: { readonly body: { readonly entry: EntryState; readonly item: Item }; readonly reply: null };
  /** A key for something that the page does by itself. */
  readonly command: { readonly body: { readonly command: PageCommand }; readonly reply: null };
};

export type PageCommand = "focusTau" | "saveEdit";
