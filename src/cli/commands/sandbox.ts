import { type Command, Option } from "commander";
import { LionError } from "../../core/errors.ts";
import { startSandbox } from "../../core/sandbox/server.ts";
import { Output } from "../output.ts";
import { type CommonOptions, openProject, wholeNumber, withCommonOptions } from "../shared.ts";

export function registerSandbox(program: Command): void {
  withCommonOptions(program.command("sandbox"))
    .description("serve the project's sandbox on loopback, for trying requests by hand")
    .addOption(new Option("--port <n>", "the port (default: a free one)").argParser(wholeNumber(1)))
    .action(async (options: CommonOptions & { port?: number }) => {
      const project = openProject(options);
      const config = project.config.sandbox;
      if (!config) {
        throw new LionError(
          "input",
          `${project.configFile} has no "sandbox" section: this project has no sandbox to serve.`,
        );
      }
      // Before anybody is told that it runs: the answer may be a signal.
      const ended = new Promise<void>((resolve) => {
        process.once("SIGINT", resolve);
        process.once("SIGTERM", resolve);
      });
      const server = await startSandbox({
        config,
        baseDir: project.directory,
        ...(options.port !== undefined && { port: options.port }),
      });
      new Output({ json: options.json ?? false }).result(
        { url: server.url },
        `The sandbox answers at ${server.url}; Ctrl+C ends it.`,
      );
      await ended;
      await server.close();
    });
}
