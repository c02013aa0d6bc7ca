import { statSync } from "node:fs";
import type { JobDirectory } from "../training/jobDirectory.ts";

/** A part of a log in whole lines, and where it is in the file, in bytes. */
export interface LogPiece {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Bytes of a piece at most: in a message a control character takes six characters. */
export const LOG_PIECE = 32 * 1024;

const LOG = "log";
const NEW_LINE = 0x0a;

/** The last lines of a job's log. @param ended whether nothing more comes, so that a line without an end is one too. */
export function lastLines(job: JobDirectory, ended: boolean): LogPiece {
  const size = statSync(job.file(LOG), { throwIfNoEntry: false })?.size ?? 0;
  return linesBefore(job, size, ended);
}

/** The lines that end at a place of the file, where a line ends too unless `unended` says that it may be anywhere. */
export function linesBefore(job: JobDirectory, end: number, unended = true): LogPiece {
  const start = Math.max(0, end - LOG_PIECE);
  const bytes = job.bytes(LOG, start, end - start);
  const from = start === 0 ? 0 : beginning(bytes);
  const last = bytes.lastIndexOf(NEW_LINE) + 1;
  const to = unended ? bytes.length : Math.max(from, last);
  return { from: start + from, to: start + to, text: textOf(bytes.subarray(from, to)) };
}

/** The lines that begin at a place of the file; of a longer rest its first part. @param ended as in `lastLines`. */
export function linesAfter(job: JobDirectory, from: number, ended: boolean): LogPiece {
  const bytes = job.bytes(LOG, from, LOG_PIECE);
  const end = endOfLines(bytes, ended);
  return { from, to: from + end, text: textOf(bytes.subarray(0, end)) };
}

/** Where what is shown of a piece ends: with a line, unless one line fills the piece. */
function endOfLines(bytes: Buffer, ended: boolean): number {
  const isFull = bytes.length === LOG_PIECE;
  if (ended && !isFull) {
    return bytes.length;
  }
  const whole = bytes.lastIndexOf(NEW_LINE) + 1;
  return whole > 0 || !isFull ? whole : lastCharacter(bytes);
}

/** Where the first whole line begins; of one endless line where a character does. */
function beginning(bytes: Buffer): number {
  const line = bytes.indexOf(NEW_LINE) + 1;
  if (line > 0 && line < bytes.length) {
    return line;
  }
  const character = bytes.findIndex((byte) => !continues(byte));
  return Math.max(0, character);
}

/** Where the last character of UTF-8 begins, which may not be whole; the end where there is none. */
function lastCharacter(bytes: Buffer): number {
  const at = bytes.findLastIndex((byte) => !continues(byte));
  return at > 0 ? at : bytes.length;
}

function continues(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** A progress bar that draws itself over and over becomes lines. */
function textOf(bytes: Buffer): string {
  return bytes.toString("utf8").replaceAll(/\r\n?/g, "\n");
}
