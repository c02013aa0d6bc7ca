/** What the chat's webview and the editor say to each other: questions to one student or two, and their answers. */

/** A checkpoint that can be asked. */
export interface ChatStudent {
  /** The checkpoint's id. */
  readonly id: number;
  readonly iteration: number;
  readonly target: string;
  /** Whether its weights are known to be where it would be served from. */
  readonly usable: boolean;
}

/** A question as it is asked. Empty texts are left out. */
export interface ChatQuestion {
  readonly instruction: string;
  readonly input: string;
  readonly system: string;
  /** 0 takes the likeliest token each time. */
  readonly temperature: number;
  readonly maxTokens: number;
}

export type AnswerState =
  /** Its server is being started. */
  "starting" | "answering" | "done" | "stopped" | "failed";

/** One student's answer, as far as it has come. */
export interface ChatAnswer {
  /** The checkpoint's id. */
  readonly student: number;
  readonly iteration: number;
  readonly state: AnswerState;
  readonly text: string;
  /** What is waited for, or why there is no answer; empty where there is nothing to say. */
  readonly note: string;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  /** From the question to the end of the answer; null before, and where the answer did not end by itself. */
  readonly milliseconds: number | null;
  /** The answer stopped at its most tokens. */
  readonly isCut: boolean;
}

export interface ChatExchange {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly question: ChatQuestion;
  readonly answers: readonly ChatAnswer[];
}

/** What there is to show. */
export type ChatView =
  | { readonly state: "noProject"; readonly problem: string | null }
  | { readonly state: "empty"; readonly project: string; readonly trains: boolean }
  | {
      readonly state: "chat";
      readonly project: string;
      /** Newest first. */
      readonly students: readonly ChatStudent[];
      /** One, or two that stand beside each other, by their ids. */
      readonly chosen: readonly number[];
      readonly settings: ChatSettings;
      /** First to last. */
      readonly exchanges: readonly ChatExchange[];
    };

export type ChatSettings = Pick<ChatQuestion, "temperature" | "maxTokens">;

/** What has become of an answer: everything but its text, and what is new in that. */
export interface AnswerNews {
  readonly exchange: number;
  readonly answer: Omit<ChatAnswer, "text">;
  /** Where the new text begins; another place than the end of what is there means that something was missed. */
  readonly from: number;
  readonly text: string;
}

/** Characters that one field of a question may have. */
export const LONGEST_FIELD = 20_000;
export const MOST_TOKENS = 8192;
export const MOST_TEMPERATURE = 2;

/** A question as far as what came in is one; null when there is nothing to ask. */
export function questionOf(value: unknown): ChatQuestion | null {
  const given = (typeof value === "object" && value !== null ? value : {}) as Partial<Record<string, unknown>>;
  const text = (field: unknown): string => (typeof field === "string" ? field.slice(0, LONGEST_FIELD) : "");
  const instruction = text(given.instruction);
  return instruction.trim() === ""
    ? null
    : { instruction, input: text(given.input), system: text(given.system), ...settingsOf(given) };
}

/** Settings as far as what came in is some; else Lion's. */
export function settingsOf(value: unknown): ChatSettings {
  const { temperature, maxTokens } = (typeof value === "object" && value !== null ? value : {}) as Partial<
    Record<string, unknown>
  >;
  return {
    temperature: within(temperature, 0, MOST_TEMPERATURE) ?? 0.7,
    maxTokens: Math.round(within(maxTokens, 1, MOST_TOKENS) ?? 1024),
  };
}

function within(value: unknown, least: number, most: number): number | null {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(least, value)) : null;
}

const ACTIONS = ["run", "newProject", "demo", "showLog", "configure"] as const;
export type ChatAction = (typeof ACTIONS)[number];

/** Whether what came in is an action. */
export function isChatAction(value: unknown): value is ChatAction {
  return (ACTIONS as readonly unknown[]).includes(value);
}

/** The texts of the page by name; the editor has them in the person's language (shell/panels/chatStrings.ts). */
export type ChatString =
  | AnswerState
  | "title"
  | "loading"
  | "retry"
  | "readFailed"
  | "showLog"
  | "noProject"
  | "newProject"
  | "openDemo"
  | "emptyTitle"
  | "emptyText"
  | "emptyServed"
  | "configure"
  | "run"
  | "student"
  | "beside"
  | "nobody"
  | "studentName"
  | "studentOn"
  | "weightsGone"
  | "nothingAsked"
  | "eachAlone"
  | "question"
  | "instruction"
  | "instructionHint"
  | "input"
  | "system"
  | "more"
  | "temperature"
  | "maxTokens"
  | "ask"
  | "stop"
  | "askAgain"
  | "copy"
  | "clear"
  | "plain"
  | "tokens"
  | "oneToken"
  | "took"
  | "tokensASecond"
  | "cut"
  | "noAnswer"
  | "exchange"
  | "answerOf"
  | "saidDone"
  | "saidFailed";

export type ChatStrings = Readonly<Record<ChatString, string>>;

/** What the webview can ask the editor for. */
export type ChatHostCalls = {
  readonly hello: { body: null; reply: { readonly strings: ChatStrings; readonly language: string } };
  readonly load: { body: null; reply: ChatView };
  /** Which students are asked, by their ids. */
  readonly choose: { body: { readonly students: readonly number[] }; reply: ChatView };
  /** Asks the chosen students; the reply says what is wrong with the question, or null. */
  readonly ask: { body: ChatQuestion; reply: { readonly problem: string | null } };
  /** Asks a student again who did not answer. */
  readonly again: { body: { readonly exchange: number; readonly student: number }; reply: null };
  /** Stops whoever answers. */
  readonly stop: { body: null; reply: null };
  readonly clear: { body: null; reply: null };
  /** Copies a question as an instruction that can be imported. */
  readonly copy: { body: { readonly exchange: number }; reply: null };
  readonly act: { body: ChatAction; reply: null };
};

/** What the editor tells the webview. */
export type ChatWebviewCalls = {
  /** Something is different: load again. */
  readonly changed: { body: null; reply: null };
  readonly news: { body: AnswerNews; reply: null };
};
