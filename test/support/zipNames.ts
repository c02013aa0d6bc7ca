import { readFileSync } from "node:fs";

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const END_LENGTH = 22;
const ENTRY_LENGTH = 46;

/** The files in a ZIP archive with their sizes in bytes, from its central directory. */
export function zipNames(file: string): ReadonlyMap<string, number> {
  const bytes = readFileSync(file);
  let end = bytes.length - END_LENGTH;
  while (end >= 0 && bytes.readUInt32LE(end) !== END_SIGNATURE) {
    end -= 1;
  }
  if (end < 0) {
    throw new Error(`${file} is no ZIP archive.`);
  }
  const names = new Map<string, number>();
  let at = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (bytes.readUInt32LE(at) !== ENTRY_SIGNATURE) {
      throw new Error(`${file} has a broken directory.`);
    }
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString("utf8", at + ENTRY_LENGTH, at + ENTRY_LENGTH + nameLength);
    names.set(name, bytes.readUInt32LE(at + 24));
    at += ENTRY_LENGTH + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return names;
}
