import { type Disposable, l10n, type WebviewPanel } from "vscode";
import type { CandidateQuery, CompareQuery } from "../../core/browse/queues.ts";
import { LionError } from "../../core/errors.ts";
import type {
  CandidateHostCalls,
  CandidateItem,
  CandidateStrings,
  CandidateWebviewCalls,
} from "../../protocol/candidates.ts";
import type { CompareHostCalls, CompareItem, CompareStrings, CompareWebviewCalls } from "../../protocol/compare.ts";
import { MessageHandler } from "../../protocol/messages.ts";
import { Disposables } from "../disposables.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { approvalProgress } from "./approvalProgress.ts";
import { AskAhead } from "./askAhead.ts";
import { CandidateKind } from "./candidateKind.ts";
import { candidateStrings } from "./candidateStrings.ts";
import { CompareKind } from "./compareKind.ts";
import { compareStrings } from "./compareStrings.ts";
import { saveEditedCandidate } from "./editedCandidate.ts";
import { QueueDriver } from "./queueDriver.ts";
import { QueuePanel } from "./queuePanel.ts";
import { refusalReasons } from "./refusalReasons.ts";
import { COMPARE_PANEL, REVIEW_PANEL } from "./registerPanels.ts";
import { previewTau, saveTau } from "./tau.ts";

export type ComparePanel = QueuePanel<CompareQuery, CompareItem, CompareStrings>;
export type ReviewPanel = QueuePanel<CandidateQuery, CandidateItem, CandidateStrings>;

/** How long after the last decision the approval's counts are read, which takes a while where there are many. */
const PROGRESS_MS = 600;

/** The two panels on which a person decides. */
export class Panels implements Disposable {
  readonly compare: ComparePanel;
  readonly review: ReviewPanel;
  readonly #shell: Shell;
  readonly #disposables = new Disposables();
  #progress: NodeJS.Timeout | null = null;

  constructor(shell: Shell) {
    this.#shell = shell;
    this.compare = this.#disposables.add(comparePanel(shell));
    this.review = this.#disposables.add(this.#reviewPanel());
  }

  /** The panel in front, else the one that can be seen, else the one that is open. @throws LionError when none is. */
  front(): ComparePanel | ReviewPanel {
    const all = [this.review, this.compare];
    const found =
      all.find(({ panel }) => panel?.active) ??
      all.find(({ panel }) => panel?.visible) ??
      all.find(({ panel }) => panel);
    if (!found) {
      throw new LionError("input", editorWords().t("No queue is open: open Review or Compare first."));
    }
    return found;
  }

  dispose(): void {
    if (this.#progress) {
      clearTimeout(this.#progress);
    }
    this.#disposables.dispose();
  }

  #reviewPanel(): ReviewPanel {
    const shell = this.#shell;
    const kind = new CandidateKind();
    const driver = new QueueDriver<CandidateQuery, CandidateItem>(shell, kind);
    const ahead = this.#disposables.add(new AskAhead(shell, () => driver.refreshItems()));
    let tellProgress = (): void => {};
    kind.help = {
      teacherState: (session, instructionId) => ahead.stateOf(session, instructionId),
      saveEdit: (instructionId, fields, note) => saveEditedCandidate(shell, driver, { instructionId, fields, note }),
      afterShow: (opened) => {
        ahead.askSoon(opened);
        if (this.#progress) {
          clearTimeout(this.#progress);
        }
        this.#progress = setTimeout(() => tellProgress(), PROGRESS_MS);
      },
    };
    return new QueuePanel<CandidateQuery, CandidateItem, CandidateStrings>(shell, {
      kind: {
        ...{ viewType: REVIEW_PANEL, page: "candidates", icon: "review", title: () => l10n.t("Lion Review") },
        strings: candidateStrings,
      },
      driver,
      connect: ({ webview }: WebviewPanel, common) => {
        const peer = new MessageHandler<CandidateWebviewCalls, CandidateHostCalls>(
          (message) => void webview.postMessage(message),
          {
            ...common,
            reasons: () => refusalReasons(editorWords()),
            approval: () => approvalProgress(shell.projects.require()),
          },
          { onProblem: (problem) => shell.log.warn(problem) },
        );
        tellProgress = () => {
          const session = shell.projects.current;
          if (session && this.review.panel?.visible) {
            peer.tell("approval", approvalProgress(session));
          }
        };
        return peer;
      },
    });
  }
}

function comparePanel(shell: Shell): ComparePanel {
  const kind = new CompareKind();
  const driver = new QueueDriver<CompareQuery, CompareItem>(shell, kind);
  kind.driveBy(driver);
  return new QueuePanel<CompareQuery, CompareItem, CompareStrings>(shell, {
    kind: {
      ...{ viewType: COMPARE_PANEL, page: "compare", icon: "compare", title: () => l10n.t("Lion Compare") },
      strings: compareStrings,
    },
    driver,
    connect: ({ webview }, common) =>
      new MessageHandler<CompareWebviewCalls, CompareHostCalls>(
        (message) => void webview.postMessage(message),
        {
          ...common,
          previewTau: ({ iteration, tau }) => previewTau(shell.projects.require(), iteration, tau),
          saveTau: ({ iteration, tau }) => saveTau(shell, iteration, tau),
        },
        { onProblem: (problem) => shell.log.warn(problem) },
      ),
  });
}
