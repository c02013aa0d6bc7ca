import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { LionError } from "../../src/core/errors.ts";
import { ensureKerberosHeaders } from "./systemPackages.mts";

/** VS Code 1.139.1 as a server. */
const VERSION = "4.139.1";

/** Where what is installed once for all checkouts lies. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "lion-curator");

/**
 * The script that starts VS Code as a server; installed into the user's cache when it is not there, which takes some
 * minutes. CODE_SERVER_MAIN names another one.
 *
 * @throws LionError saying why it could not be installed.
 */
export function ensureCodeServer(): string {
  const named = process.env.CODE_SERVER_MAIN;
  if (named) {
    return named;
  }
  const prefix = join(cacheFolder, `code-server-${VERSION}`);
  const main = join("node_modules", "code-server", "lib", "vscode", "out", "server-main.js");
  if (!existsSync(join(prefix, main))) {
    install(prefix);
  }
  return join(prefix, main);
}

function install(prefix: string): void {
  if (process.platform === "win32") {
    throw new LionError(
      "environment",
      "code-server does not run on Windows: install VS Code, so that its command `code` is found.",
    );
  }
  ensureKerberosHeaders();
  console.log(`Installing code-server ${VERSION} into ${prefix} (700 MB, 3 to 5 minutes, once) …`);
  // Under another name until it is whole: half an installation would look like one.
  const partial = `${prefix}.partial-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const manifest = { private: true, allowScripts: { "code-server": true, argon2: true } };
  writeFileSync(join(partial, "package.json"), JSON.stringify(manifest));
  try {
    const runtime = nodePackage();
    npm(partial, ["install", `${runtime}@${process.versions.node}`], {});
    // Its addons compile against the headers that this package brings.
    const node = join(partial, "node_modules", runtime);
    npm(partial, ["install", `code-server@${VERSION}`], {
      PATH: `${join(node, "bin")}${delimiter}${process.env.PATH}`,
      npm_config_nodedir: node,
    });
    rmSync(prefix, { recursive: true, force: true });
    renameSync(partial, prefix);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** The npm package with Node.js and its headers for this machine. */
function nodePackage(): string {
  const name = process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  return `${name}-${process.platform}-${process.arch}`;
}

function npm(folder: string, args: readonly string[], environment: Readonly<Record<string, string>>): void {
  const { status } = spawnSync("npm", [...args, "--loglevel=error", "--no-fund", "--no-audit"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...withoutNpm(process.env), ...environment },
  });
  if (status !== 0) {
    throw new LionError("environment", `\`npm ${args.join(" ")}\` failed in ${folder}; the lines above say why.`);
  }
}

/** What `npm run` puts into the environment is meant for this package, not for another one's installation. */
function withoutNpm(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^npm_(package|lifecycle|command|execpath)/.test(name)),
  );
}
