import { singleTurn } from "../instruction.ts";
import { conversationRecord } from "./conversation.ts";
import {
  type Fields,
  inputText,
  isObject,
  kindOf,
  optionalText,
  outputText,
  requiredText,
  sourceIdOf,
  tagsOf,
} from "./fields.ts";
import { type ImportedRecord, RefusedRow } from "./record.ts";

/**
 * The records of one row: Alpaca's {instruction, input, output}, self-instruct's {instruction, instances} (a record for
 * each instance), FastChat's {question_id, text} or {question_id, turns}, a conversation, or a bare text.
 * @throws RefusedRow
 */
export function recordsOf(row: unknown): ImportedRecord[] {
  if (typeof row === "string") {
    return [{ ...singleTurn(requiredText(row, "instruction")), output: null, tags: {} }];
  }
  if (!isObject(row)) {
    throw new RefusedRow(`is ${kindOf(row)}, not an object`);
  }
  if (row.messages !== undefined || row.conversations !== undefined) {
    return [conversationRecord(row)];
  }
  if ("instruction" in row || "Instruction" in row) {
    return row.instances === undefined ? [alpacaRecord(row)] : seedRecords(row);
  }
  if (row.question_id !== undefined) {
    return [questionRecord(row)];
  }
  throw new RefusedRow(`has no instruction (${fieldNames(row)})`);
}

/** WizardLM's test set writes `Instruction`; self-instruct's predictions call the output `response`. */
function alpacaRecord(row: Fields): ImportedRecord {
  const instruction = requiredText(row.instruction ?? row.Instruction, "instruction");
  const system = optionalText(row.system, "system message");
  return {
    ...singleTurn(instruction, inputText(row.input), system),
    output: outputText(row.output ?? row.response),
    tags: tagsOf(row, ["instruction", "Instruction", "input", "output", "response", "system"]),
    ...sourceIdOf(row),
  };
}

function seedRecords(row: Fields): ImportedRecord[] {
  const { instances } = row;
  if (!Array.isArray(instances) || !instances.every(isObject)) {
    throw new RefusedRow("has instances that are not a list of objects");
  }
  const tagged = { tags: tagsOf(row, ["instruction", "instances", "input", "output"]), ...sourceIdOf(row) };
  const instruction = requiredText(row.instruction, "instruction");
  return (instances.length > 0 ? instances : [{}]).map((instance: Fields) => ({
    ...singleTurn(instruction, inputText(instance.input)),
    output: outputText(instance.output),
    ...tagged,
  }));
}

function questionRecord(row: Fields): ImportedRecord {
  for (const kind of ["answer", "review"]) {
    if (row[`${kind}_id`] !== undefined) {
      throw new RefusedRow(`is one of FastChat's ${kind}s, not a question`);
    }
  }
  const { turns } = row;
  if (Array.isArray(turns) && turns.length > 1) {
    throw new RefusedRow("has several questions without the answers between them; only single ones can be imported");
  }
  const text = requiredText(Array.isArray(turns) ? turns[0] : row.text, "question");
  return {
    ...singleTurn(text),
    output: null,
    tags: tagsOf(row, ["text", "turns"]),
    ...sourceIdOf(row),
  };
}

function fieldNames(row: Fields): string {
  const names = Object.keys(row);
  const shown = names.slice(0, 6).map((name) => (name.length > 30 ? `${name.slice(0, 30)}…` : name));
  return names.length === 0 ? "it is empty" : `its fields are ${shown.join(", ")}${names.length > 6 ? " …" : ""}`;
}
