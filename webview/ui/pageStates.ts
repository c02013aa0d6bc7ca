import { html, nothing, type TemplateResult } from "lit";

/** The words of what stands in for a page's content. */
interface StateWording {
  text(key: "title" | "loading" | "retry" | "showLog" | "noProject" | "openDemo" | "newProject"): string;
}

/** A page that has no words yet; a problem says why it will have none. */
export function wordlessState(problem: string | null): TemplateResult {
  return html`<main><p class="message" role=${problem ? "alert" : "status"}>${problem ?? ""}</p></main>`;
}

/** Nothing is here yet: that it is loading, unless a problem is shown already. */
export function waitingState({ text }: StateWording, problem: string | null): TemplateResult {
  return html`
    <h1 class="unseen">${text("title")}</h1>
    ${problem === null ? html`<p class="message" role="status">${text("loading")}</p>` : nothing}`;
}

/** What could not be read, above what was read before. */
export function failedState(
  sentence: string,
  on: { readonly retry: () => void; readonly showLog: () => void },
  { text }: StateWording,
): TemplateResult {
  return html`
    <div class="failure" role="alert">
      <p class="problem">${sentence}</p>
      <vscode-button @click=${on.retry}>${text("retry")}</vscode-button>
      <vscode-button appearance="secondary" @click=${on.showLog}>${text("showLog")}</vscode-button>
    </div>`;
}

/** No project, or one that cannot be used, with the reason. */
export function noProjectState(
  problem: string | null,
  act: (action: "demo" | "newProject") => void,
  { text }: StateWording,
): TemplateResult {
  return html`
    <div class="empty">
      <h1>${text("title")}</h1>
      <p class="quiet">${problem ?? text("noProject")}</p>
      <p>
        <vscode-button @click=${() => act("demo")}>${text("openDemo")}</vscode-button>
        <vscode-button appearance="secondary" @click=${() => act("newProject")}>${text("newProject")}</vscode-button>
      </p>
    </div>`;
}
