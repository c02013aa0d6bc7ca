import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { problemFrom, sshError } from "../../../src/core/training/ssh/sshProblem.ts";
import { endedBy, failureOf } from "../../../src/engine/ended.ts";
import { announcementOf } from "../../../src/shell/status/announcement.ts";
import { hostOffers, hostProblemOf, isWorthRetrying } from "../../../src/shell/training/hostOffers.ts";
import { english } from "./english.ts";

const UNKNOWN = sshError(problemFrom("gpu-box", "Host key verification failed."));
const BETWEEN = { kind: "between", iteration: 1, stage: "imitation" } as const;

describe("a host that cannot be reached", () => {
  it("is offered what helps: the key, a terminal, another attempt", () => {
    const offers = (stderr: string) => {
      const problem = hostProblemOf(sshError(problemFrom("gpu-box", stderr)));
      assert.ok(problem);
      return [hostOffers(problem, english).map(({ command }) => command), isWorthRetrying(problem)];
    };
    assert.deepEqual(offers("Host key verification failed."), [["lion.acceptHostKey", "lion.openJobTerminal"], true]);
    assert.deepEqual(offers("me@gpu-box: Permission denied (publickey)."), [["lion.openJobTerminal"], true]);
    assert.deepEqual(offers("connect: Connection refused"), [[], true]);
    assert.deepEqual(offers("@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @"), [[], false]);
  });

  it("is still known for what it is when the engine's process has told of it", () => {
    const problem = { code: "ssh", host: "gpu-box", why: "unknown-host-key" };
    assert.deepEqual(JSON.parse(JSON.stringify(failureOf(UNKNOWN))).problem, problem);
    const said = announcementOf(endedBy(UNKNOWN), BETWEEN, english);
    assert.equal(said?.level, "error");
    assert.deepEqual(
      said?.offers.map(({ title }) => title),
      ["Show Fingerprint and Accept…", "Open Terminal to Connect", "Resume", "Show Log"],
    );
    assert.deepEqual(said?.offers[0]?.argument, { host: "gpu-box" });
  });
});
