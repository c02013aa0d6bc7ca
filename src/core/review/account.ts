import { userInfo } from "node:os";

/** The account that this process runs under: who decides where no better name is known. */
export function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that belongs to no account.
    return process.env.USER || "unknown";
  }
}
