import type { Store } from "../store/store.ts";
import type { PoolState } from "./poolState.ts";

/** What items are read from: the rows, and the decisions in force over the same connection. */
export interface ItemSource {
  readonly store: Store;
  readonly state: PoolState;
}
