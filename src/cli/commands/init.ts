import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { createProject } from "../../core/project/create.ts";
import { Store } from "../../core/store/store.ts";
import { fillFromOracle } from "../oracleProject.ts";
import { formatCount, Output } from "../output.ts";
import { installation, wholeNumber } from "../shared.ts";

interface InitOptions {
  readonly sandbox?: "oracle" | "replay";
  readonly set?: string;
  readonly seed?: number;
  readonly quick?: boolean;
  readonly json?: boolean;
}
