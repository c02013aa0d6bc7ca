import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { LionError } from "../../src/core/errors.ts";

const CHROMIUM_PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const KERBEROS_HEADER = "/usr/include/gssapi/gssapi.h";

/**
 * The browser that the tests drive: the one that CHROMIUM names, else the system's; installed where this can be done.
 *
 * @throws LionError saying what to install.
 */
export function ensureChromium(): string {
  const named = process.env.CHROMIUM;
  if (named) {
    return named;
  }
  const find = (): string | undefined => CHROMIUM_PLACES.find((place) => existsSync(place));
  if (!find()) {
    aptInstall("chromium", "a browser for the tests in the editor (or name one in CHROMIUM)");
  }
  return find() ?? fail("chromium", "a browser for the tests in the editor (or name one in CHROMIUM)");
}

/** The header without which code-server's addons do not compile. @throws LionError saying what to install. */
export function ensureKerberosHeaders(): void {
  if (process.platform === "linux" && !existsSync(KERBEROS_HEADER)) {
    aptInstall("libkrb5-dev", "compiling code-server's addons");
  }
}

/**
 * Installs an sshd and two login shells that are not POSIX, for the tests over SSH, where nothing starts a service of it:
 * in containers and other systems without systemd. Elsewhere a person decides that, and those tests say that they skip.
 */
export function installSshServer(): void {
  installOnBare({ "openssh-server": "/usr/sbin/sshd", fish: "/usr/bin/fish", csh: "/bin/csh" }, "the tests over SSH");
}

/** Installs Slurm for the tests of jobs through it, under the same condition. Elsewhere those tests use a stand-in. */
export function installSlurm(): void {
  const daemons = { munge: "/usr/sbin/munged", slurmctld: "/usr/sbin/slurmctld", slurmd: "/usr/sbin/slurmd" };
  installOnBare({ ...daemons, "slurm-client": "/usr/bin/sbatch" }, "the tests of jobs through Slurm");
}

/** @param wanted packages, each with a program that it brings. */
function installOnBare(wanted: Readonly<Record<string, string>>, purpose: string): void {
  const isBare = process.platform === "linux" && !existsSync("/run/systemd/system") && process.getuid?.() === 0;
  for (const [name, program] of isBare ? Object.entries(wanted) : []) {
    if (!existsSync(program)) {
      aptInstall(name, purpose);
    }
  }
}

function aptInstall(name: string, purpose: string): void {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || spawnSync("apt-get", ["--version"]).status !== 0) {
    fail(name, purpose);
  }
  console.log(`Installing the system's package ${name} …`);
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const apt = (...args: string[]): number | null =>
    spawnSync("apt-get", ["-qq", ...args], { stdio: ["ignore", "ignore", "inherit"], env: environment }).status;
  const install = ["install", "--yes", "--no-install-recommends", name] as const;
  // The lists of packages may be missing or old.
  if (apt(...install) !== 0 && (apt("update") !== 0 || apt(...install) !== 0)) {
    fail(name, purpose);
  }
}

function fail(name: string, purpose: string): never {
  throw new LionError(
    "environment",
    `The system's package ${name} is needed for ${purpose}: install it, on Debian and Ubuntu with \`apt-get install ${name}\`.`,
  );
}
