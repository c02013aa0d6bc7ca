import { Localizer } from "../../../src/shell/trees/localizer.ts";

/** The sentences as they are written, with their arguments. */
export const english = new Localizer(
  (message, ...args) => message.replaceAll(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)])),
  "en",
);
