import type Database from "better-sqlite3";
import type { Connection } from "./database.ts";

/** Prepares a statement once and hands it out again: preparing costs more than running most of them. */
export type SqlCache = (sql: string) => Database.Statement<unknown[]>;

export function sqlCache(connection: Connection): SqlCache {
  const statements = new Map<string, Database.Statement<unknown[]>>();
  return (sql) => {
    let statement = statements.get(sql);
    if (!statement) {
      statement = connection.prepare(sql);
      statements.set(sql, statement);
    }
    return statement;
  };
}
