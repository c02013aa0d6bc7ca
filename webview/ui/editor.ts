interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): EditorApi;

/** The editor around this page: where messages go, and where the page keeps what it must remember while it is hidden. */
export const editor: EditorApi = acquireVsCodeApi();
