/** What a project's files are called: apart from what reads them, since looking for a project needs no more. */
export const CONFIG_FILE = "lion.json";
/** The data beside the configuration. */
export const DATA_DIRECTORY = ".lion";
/** The project's own copy of the JSON schema, in its data directory; the configuration names it, so that every editor finds it. */
export const EDITOR_SCHEMA_FILE = "lion.schema.json";
