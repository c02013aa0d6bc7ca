import { type Command, Option } from "commander";
import { SystemClock } from "../../core/clock.ts";
import { singleTurn } from "../../core/pool/instruction.ts";
import { addInstruction, type WrittenInstruction } from "../../core/pool/newInstruction.ts";
import { Output } from "../output.ts";
import { type CommonOptions, currentPerson, openProject, withCommonOptions, withStore } from "../shared.ts";

interface NewOptions extends CommonOptions {
  readonly input?: string;
  readonly system?: string;
  readonly into: WrittenInstruction["into"];
}

const PLACES: Readonly<Record<WrittenInstruction["into"], string>> = {
  pools: "both pools",
  cache: "the Cache pool",
  candidates: "the candidates to review",
};

export function registerNew(program: Command): void {
  withCommonOptions(program.command("new"))
    .description("add one instruction that you write yourself")
    .argument("<instruction>", "what is to be done")
    .option("--input <text>", "the material that the instruction is about")
    .option("--system <text>", "the system message")
    .addOption(
      new Option("--into <where>", "both pools, the Cache pool only, or candidates to review")
        .choices(["pools", "cache", "candidates"])
        .default("pools"),
    )
    .action(async (instruction: string, { input = "", system = "", into, ...options }: NewOptions) => {
      const written = { ...singleTurn(instruction, input, system), into, actor: currentPerson() };
      const added = await withStore(openProject(options), (store) => addInstruction(store, new SystemClock(), written));
      new Output({ json: options.json ?? false }).result(
        added,
        `#${added.id} joins ${PLACES[into]} of iteration ${added.iteration}.`,
      );
    });
}
