import { commands, type ExtensionContext, l10n } from "vscode";
import type { Shell } from "./shell.ts";

/** How the student of a demo comes by its answers. */
type Greeting = "trains" | "served";

const GREETINGS = "lion.demoGreetings";

/** Leaves word for the window that opens a demo. */
export async function rememberGreeting(context: ExtensionContext, folder: string, greeting: Greeting): Promise<void> {
  await context.globalState.update(GREETINGS, { ...greetingsIn(context), [folder]: greeting });
}

/** Tells once what can be done with a demo that was just opened, in the window that opened it. */
export async function greetDemo({ context, projects, prompter }: Shell): Promise<void> {
  const folder = projects.current?.folder;
  const { [folder ?? ""]: greeting, ...others } = greetingsIn(context);
  if (folder === undefined || greeting === undefined) {
    return;
  }
  await context.globalState.update(GREETINGS, others);
  const walkthrough = l10n.t("Open Walkthrough");
  const answer = await prompter.inform(
    greeting === "trains"
      ? l10n.t(
          "The sandbox demo is ready, and a Python that can train was found: the next iteration trains the student.",
        )
      : l10n.t(
          "The sandbox demo is ready. No Python with torch was found, so the sandbox answers as the student: nothing is trained, and everything else works.",
        ),
    walkthrough,
  );
  // The window that opened the demo has left the walkthrough behind.
  if (answer === walkthrough) {
    await commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#start`);
  }
}

/** By the demo's folder. */
function greetingsIn({ globalState }: ExtensionContext): Readonly<Record<string, Greeting>> {
  return globalState.get(GREETINGS, {});
}
