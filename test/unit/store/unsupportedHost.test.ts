import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LionError } from "../../../src/core/errors.ts";
import { requireNodeApi, unsupportedHost } from "../../../src/core/store/unsupportedHost.ts";

describe("a host that the database cannot run on", () => {
  it("is refused before the library would crash it", () => {
    assert.throws(() => requireNodeApi("9"), /Node-API 9, and the database needs 10/);
    assert.throws(() => requireNodeApi(""), LionError);
    assert.doesNotThrow(() => requireNodeApi("10"));
  });

  it("with an old glibc is told which one is needed", () => {
    const error = new Error("/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found");
    assert.match(
      unsupportedHost(Object.assign(error, { code: "ERR_DLOPEN_FAILED" }))?.message ?? "",
      /needs glibc 2\.34/,
    );
  });

  it("without a binary for its processor is told so", () => {
    const error = Object.assign(new Error("Cannot find module '…/better_sqlite3.node'"), { code: "MODULE_NOT_FOUND" });
    const sentence = unsupportedHost(error)?.message ?? "";
    assert.match(sentence, new RegExp(`${process.platform}-${process.arch}`));
  });

  it("is not blamed for other errors", () => {
    assert.equal(unsupportedHost(new Error("disk I/O error")), null);
    assert.equal(unsupportedHost(null), null);
  });
});
