import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sshHosts } from "../../../src/shell/config/sshHosts.ts";
import { temporaryFolder } from "../store/support.ts";

const folder = temporaryFolder();

function config(name: string, ...lines: string[]): string {
  const file = join(folder, name);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, lines.join("\n"));
  return file;
}

describe("the hosts of an ssh configuration", () => {
  it("are its names in their order, each once, with the address that they have first", () => {
    const file = config(
      "plain/config",
      "# Host commented",
      "Host gpu-box  gpu2",
      "  HostName 10.0.0.7",
      "host=login",
      '\tHOSTNAME = "login.example.org"',
      "Host gpu-box",
      "  HostName other",
      "Host itself",
      "  HostName itself",
    );
    assert.deepEqual(sshHosts(file), [
      { name: "gpu-box", address: "10.0.0.7" },
      { name: "gpu2", address: "10.0.0.7" },
      { name: "login", address: "login.example.org" },
      { name: "itself", address: null },
    ]);
  });

  it("are no patterns, no conditions, and nothing that begins like an option", () => {
    const file = config(
      "wild/config",
      "Host *.example.org !bad gpu? real",
      "Match host real",
      "  HostName 1.2.3.4",
      "Host -oProxyCommand=x",
      "Host *",
      "  HostName everywhere",
    );
    assert.deepEqual(sshHosts(file), [{ name: "real", address: null }]);
  });

  it("come from included files, relative to the configuration's folder, by pattern too, and never without end", () => {
    const file = config(
      "many/config",
      "Include conf.d/*.conf missing",
      `Include "${join(folder, "many", "a b")}"`,
      "Host last",
    );
    config("many/conf.d/2.conf", "Host second", "Include config");
    config("many/conf.d/1.conf", "Host first", "Include sub");
    config("many/conf.d/ignored", "Host ignored");
    config("many/sub", "Host deeper");
    config("many/a b", "Host spaced");
    assert.deepEqual(
      sshHosts(file).map(({ name }) => name),
      ["first", "deeper", "second", "spaced", "last"],
    );
  });

  it("are none where there is no configuration", () => {
    assert.deepEqual(sshHosts(join(folder, "none")), []);
  });
});
