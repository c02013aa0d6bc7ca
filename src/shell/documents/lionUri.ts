/** What a `lion:` document shows: an instruction with all that is known of it, its text alone, or one of the answers to it. */
export type LionDocument =
  | { readonly kind: "instruction" | "text"; readonly project: string; readonly instructionId: number }
  | {
      readonly kind: "answer";
      readonly project: string;
      readonly instructionId: number;
      readonly role: "teacher" | "student";
      readonly answerId: number;
    };

/** The parts of a URI under the scheme `lion`. */
export interface UriParts {
  readonly path: string;
  readonly query: string;
}

/**
 * A document's address. The project's folder is in it, so that a tab that stays open when another project is opened
 * does not show that one's instruction of the same number. Ends in `.txt`: instructions and answers are plain text.
 */
export function toUri(document: LionDocument): UriParts {
  const query = new URLSearchParams({ project: document.project }).toString();
  const path = `/instruction ${document.instructionId}`;
  switch (document.kind) {
    case "instruction":
      return { path: `${path}.txt`, query };
    case "text":
      return { path: `${path}/text.txt`, query };
    case "answer":
      return { path: `${path}/${document.role} ${document.answerId}.txt`, query };
  }
}

/** The document at an address, or null when there is none of that shape. */
export function fromUri({ path, query }: UriParts): LionDocument | null {
  const project = new URLSearchParams(query).get("project") ?? "";
  const match = /^\/instruction (\d+)(?:\/(?:(text)|(teacher|student) (\d+)))?\.txt$/.exec(path);
  if (!match) {
    return null;
  }
  const instructionId = Number(match[1]);
  const [, , text, role, answerId] = match;
  return role === "teacher" || role === "student"
    ? { kind: "answer", project, instructionId, role, answerId: Number(answerId) }
    : { kind: text === undefined ? "instruction" : "text", project, instructionId };
}

/** The id in a link to an instruction, `…/instruction/12?project=…`, and the project it belongs to. */
export function fromLink({ path, query }: UriParts): { instructionId: number; project: string } | null {
  const match = /^\/instruction\/(\d+)$/.exec(path);
  return match ? { instructionId: Number(match[1]), project: new URLSearchParams(query).get("project") ?? "" } : null;
}

/** A link to an instruction that opens it in the editor. @param scheme the editor's, such as `vscode`. */
export function toLink(scheme: string, extensionId: string, instructionId: number, project: string): string {
  return `${scheme}://${extensionId}/instruction/${instructionId}?${new URLSearchParams({ project })}`;
}
