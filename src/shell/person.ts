import { execFile } from "node:child_process";
import { userInfo } from "node:os";
import { workspace } from "vscode";

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

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that belongs to no account.
    return "unknown";
  }
}
