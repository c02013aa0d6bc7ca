import type { ItemModel } from "./itemModel.ts";

/** What has to be drawn anew: the whole view, or some nodes with everything below them. */
export type Redraw<N> = "all" | readonly N[];

/**
 * What a view shows of one project, without the editor. Nodes are objects that stay the same for as long as they are
 * shown: the editor knows them by identity.
 */
export interface TreeModel<N extends object, Part> {
  /** The children of a node; of the root without one. */
  children(node?: N): readonly N[];
  parent(node: N): N | undefined;
  item(node: N): ItemModel;
  /** Reads again what a change may have touched, counts first, and says what looks different. */
  refresh(parts: ReadonlySet<Part>): Redraw<N>;
}
