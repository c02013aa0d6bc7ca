import type { Command } from "commander";
import { LionError } from "../../core/errors.ts";
import { checkpointProfileOf } from "../../core/loop/context.ts";
import { listNames } from "../../core/project/nearest.ts";
import type { Project } from "../../core/project/project.ts";
import type { TargetConfig } from "../../core/project/schema.ts";
import { hostFactLines } from "../../core/training/host/hostLines.ts";
import type { HostFacts } from "../../core/training/host/probe.ts";
import { acceptHostKey, hostKeyOf } from "../../core/training/ssh/hostKeys.ts";
import { checkHosts } from "../../core/training/targetCheck.ts";
import { jobEnvironment } from "../../engine/services.ts";
import { ask, askSecret } from "../asking.ts";
import { Output } from "../output.ts";
import { type CommonOptions, openProject, withCommonOptions } from "../shared.ts";
import { formatTable } from "../table.ts";

interface AcceptOptions extends CommonOptions {
  readonly host?: string;
  readonly fingerprint?: string;
}

export function registerTargets(program: Command): void {
  const target = program.command("target").description("the places where the student is trained and answers");
  withCommonOptions(target.command("list")).description("the targets of lion.json").action(list);
  withCommonOptions(target.command("check"))
    .description("look at what a target's hosts have for a training: GPUs, disk, Python, torch; nothing is changed")
    .argument("[name]", "the target (default: the student's)")
    .action(check);
  withCommonOptions(target.command("accept-key"))
    .description("show the key of a host that ssh does not know yet, and remember it once you have compared it")
    .argument("<name>", "the target")
    .option("--host <host>", "one of the target's further hosts (default: its first)")
    .option("--fingerprint <text>", "the fingerprint that the key must have; nobody is asked then")
    .action(acceptKey);
}

async function list(options: CommonOptions): Promise<void> {
  const { config } = openProject(options);
  const student = checkpointProfileOf(config)?.profile.target;
  const targets = Object.entries(config.targets).map(([name, one]) => ({
    ...{ name, kind: one.kind, hosts: hostsOf(one) },
    folder: one.kind === "local" ? null : one.folder,
    student: name === student,
  }));
  const text = formatTable(
    ["target", "kind", "hosts", "folder", "student"],
    targets.map(({ name, kind, hosts, folder, student: isStudents }) => [
      ...[name, kind, hosts.join(", ") || "this machine", folder ?? "–", isStudents ? "yes" : ""],
    ]),
  );
  new Output({ json: options.json ?? false }).result(targets, text);
}

async function check(name: string | undefined, options: CommonOptions): Promise<void> {
  const project = openProject(options);
  const output = new Output({ json: options.json ?? false });
  const student = checkpointProfileOf(project.config)?.profile;
  const named = name ?? student?.target ?? "local";
  const config = configOf(project, named);
  const facts = await checkHosts({
    config,
    base: student?.target === named ? student.base : null,
    environment: jobEnvironment(project),
    prompter: process.stdin.isTTY ? askSecret : undefined,
    onHost: (_index, _count, host) => output.say(`Looking at ${host} …`),
  });
  output.result(
    facts.map(plain),
    facts
      .map((one) =>
        hostFactLines(one)
          .map((line) => `  ${line}`)
          .join("\n"),
      )
      .join("\n\n"),
  );
}

/** Sets have no JSON of their own. */
function plain(facts: HostFacts): object {
  return { ...facts, programs: [...facts.programs].sort() };
}

async function acceptKey(name: string, options: AcceptOptions): Promise<void> {
  const project = openProject(options);
  const output = new Output({ json: options.json ?? false });
  const hosts = hostsOf(configOf(project, name));
  const wanted = options.host ?? hosts[0];
  if (wanted === undefined || !hosts.includes(wanted)) {
    throw new LionError(
      "input",
      wanted === undefined
        ? `The target "${name}" is this machine, which has no key to accept.`
        : `"${wanted}" is no host of the target "${name}": its hosts are ${listNames(hosts)}.`,
    );
  }
  const environment = jobEnvironment(project);
  // Of a host behind another one, the key of that other one may come first.
  const { host, fingerprints } = await hostKeyOf({ host: wanted, environment });
  await requireConsent(host, fingerprints, options.fingerprint);
  await acceptHostKey({ host, environment }, fingerprints);
  output.result({ host, fingerprints }, `From now on ssh knows ${host} by this key.`);
}

async function requireConsent(host: string, fingerprints: readonly string[], given: string | undefined): Promise<void> {
  if (given !== undefined) {
    if (!fingerprints.some((one) => one === given || one.split(" ").includes(given))) {
      throw new LionError(
        "environment",
        `The host ${host} shows ${fingerprints.join(", ")}, which is not ${given}: nothing was accepted; ask its administrator which one is right.`,
      );
    }
    return;
  }
  const key = `${host} shows the key ${fingerprints.join(", ")}`;
  if (!process.stdin.isTTY) {
    throw new LionError(
      "person",
      `${key}, and nobody is here to compare it: say --fingerprint with the one that its administrator gave you.`,
    );
  }
  const answer = await ask(
    `${key}.\nNobody but the host's administrator can tell whether that is its own. Type yes if you have compared it:`,
  );
  if (answer.toLowerCase() !== "yes") {
    throw new LionError("interrupted", `The key of ${host} was not accepted; nothing runs there.`);
  }
}

/** @throws LionError when lion.json has no target of that name. */
function configOf({ config }: Project, name: string): TargetConfig {
  const found = Object.hasOwn(config.targets, name) ? config.targets[name] : undefined;
  if (!found) {
    throw new LionError(
      "input",
      `lion.json has no training target "${name}": targets are ${listNames(Object.keys(config.targets))}.`,
    );
  }
  return found;
}

function hostsOf(config: TargetConfig): string[] {
  switch (config.kind) {
    case "local":
      return [];
    case "ssh":
      return [config.host, ...config.nodes];
    case "slurm":
      return config.host === undefined ? [] : [config.host];
  }
}
