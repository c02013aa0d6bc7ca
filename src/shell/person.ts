import { execFile } from "node:child_process";
import { workspace } from "vscode";
import { accountName } from "../core/review/account.ts";

/** The name that the decision log knows this person by: the setting, else git's, else the account's. */
export async function personOf(folder: string): Promise<string> {
  const configured = workspace.getConfiguration("lion").get<string>("name", "").trim();
  return configured || (await gitUser(folder)) || accountName();
}

function gitUser(folder: string): Promise<string> {
  return new Promise((resolve) => {
    execFile("git", ["config", "user.name"], { cwd: folder, timeout: 2000 }, (error, stdout) =>
      resolve(error ? "" : stdout.trim()),
    );
  });
}
