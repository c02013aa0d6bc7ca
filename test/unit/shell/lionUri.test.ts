import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromLink, fromUri, type LionDocument, toLink, toUri } from "../../../src/shell/documents/lionUri.ts";

describe("addresses of lion: documents", () => {
  const documents: LionDocument[] = [
    { kind: "instruction", project: "/home/a b/ünïcode & more", instructionId: 12 },
    { kind: "text", project: "/home/a b", instructionId: 12 },
    { kind: "answer", project: "C:\\projects\\one", instructionId: 7, role: "student", answerId: 99 },
  ];

  for (const document of documents) {
    it(`come back as the ${document.kind} that they were made for`, () => {
      assert.deepEqual(fromUri(toUri(document)), document);
    });
  }

  it("that are none of ours are no document", () => {
    assert.equal(fromUri({ path: "/instruction 1/referee 2.txt", query: "" }), null);
    assert.equal(fromUri({ path: "/instruction 1/../../etc/passwd", query: "" }), null);
  });

  it("have a link that leads back", () => {
    const link = new URL(toLink("vscode", "lion-curator.lion-curator", 12, "/home/a b"));
    assert.equal(link.host, "lion-curator.lion-curator");
    assert.deepEqual(fromLink({ path: link.pathname, query: link.search.slice(1) }), {
      instructionId: 12,
      project: "/home/a b",
    });
    assert.equal(fromLink({ path: "/instruction/12/x", query: "" }), null);
  });
});
