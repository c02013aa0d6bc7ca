import { type Disposable, EventEmitter, Uri, window, workspace } from "vscode";
import { LionError } from "../../core/errors.ts";
import { Disposables } from "../disposables.ts";
import type { ProjectSession } from "../projectSession.ts";
import type { Shell } from "../shell.ts";
import { editorWords } from "../words.ts";
import { answerText, askedText, instructionText } from "./instructionText.ts";
import { fromLink, fromUri, type LionDocument, toUri } from "./lionUri.ts";

export const SCHEME = "lion";

/** The URI under which the editor opens a document of ours. */
export function documentUri(document: LionDocument): Uri {
  return Uri.from({ scheme: SCHEME, ...toUri(document) });
}

/** Shows instructions and answers as read-only plain text, and opens links to them. */
export function registerDocuments(shell: Shell): Disposable {
  const disposables = new Disposables();
  const changed = disposables.add(new EventEmitter<Uri>());
  disposables.add(
    workspace.registerTextDocumentContentProvider(SCHEME, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => contentOf(shell, uri),
    }),
  );
  // A document that was restored before its project was open, or that has a new verdict by now, is read again.
  const renew = (): void => {
    for (const { uri } of workspace.textDocuments) {
      if (uri.scheme === SCHEME) {
        changed.fire(uri);
      }
    }
  };
  let following: Disposable | null = null;
  const follow = (session: ProjectSession | null): void => {
    following?.dispose();
    following = session?.onDidChange((parts) => parts.has("verdicts") && renew()) ?? null;
    renew();
  };
  disposables.add({ dispose: () => following?.dispose() });
  disposables.add(shell.projects.onDidChangeCurrent(follow));
  disposables.add(window.registerUriHandler({ handleUri: (uri) => openLink(shell, uri) }));
  return disposables;
}

function contentOf({ projects }: Shell, uri: Uri): string {
  const t = editorWords();
  const document = fromUri(uri);
  const session = projects.current;
  if (!document || !session || session.folder !== document.project) {
    return `${t.t("This belongs to the project in {0}, which is not open here.", document?.project ?? uri.path)}\n`;
  }
  const detail = session.browser.instructionDetail(document.instructionId);
  if (!detail) {
    return `${t.t("There is no instruction #{0} in this project.", document.instructionId)}\n`;
  }
  if (document.kind !== "answer") {
    return document.kind === "instruction" ? instructionText(detail, t) : askedText(detail, t);
  }
  const answers = document.role === "teacher" ? detail.teacherAnswers : detail.studentAnswers;
  const answer = answers.find(({ id }) => id === document.answerId);
  return answer
    ? answerText(detail, answer, t)
    : `${t.t("There is no such answer to instruction #{0}.", document.instructionId)}\n`;
}

/** A link names an instruction and its project's folder; it opens only what is open here, and asks for nothing. */
async function openLink(shell: Shell, uri: Uri): Promise<void> {
  const link = fromLink(uri);
  if (!link) {
    shell.log.warn(`A link that is none of ours: ${uri.path}`);
    return;
  }
  const { projects, prompter } = shell;
  if (projects.all().includes(link.project) && projects.current?.folder !== link.project) {
    await projects.open(link.project);
  }
  const session = projects.current;
  if (session?.folder !== link.project || !session.store.instructions.get(link.instructionId)) {
    await prompter.warn(
      editorWords().t(
        "Instruction #{0} belongs to the project in {1}: open that folder first.",
        link.instructionId,
        link.project,
      ),
    );
    return;
  }
  await openInstruction(session, link.instructionId);
}

/**
 * Opens all that is known of an instruction.
 *
 * @param preserveFocus leaves the keyboard where it is.
 * @throws LionError when there is none of this id.
 */
export async function openInstruction(
  session: ProjectSession,
  instructionId: number,
  preserveFocus = false,
): Promise<void> {
  if (!session.store.instructions.get(instructionId)) {
    throw new LionError("input", editorWords().t("There is no instruction #{0} in this project.", instructionId));
  }
  const uri = documentUri({ kind: "instruction", project: session.folder, instructionId });
  await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true, preserveFocus });
}
