import type { EngineState } from "../../protocol/engine.ts";
import type { ItemModel } from "./itemModel.ts";
import {
  type DrawnStage,
  iterationItem,
  type ShownIteration,
  type ShownStage,
  type StageName,
  type StageUse,
  stageItem,
} from "./iterationItems.ts";
import type { Localizer } from "./localizer.ts";
import type { Redraw, TreeModel } from "./treeModel.ts";

export interface IterationNode {
  readonly kind: "iteration";
  readonly iteration: number;
  shown: ShownIteration;
  readonly stages: readonly StageNode[];
}

export interface StageNode {
  readonly kind: "stage";
  readonly iteration: number;
  readonly parent: () => IterationNode;
  shown: ShownStage;
}

export type IterationsNode = IterationNode | StageNode;

/** Iterations, newest first, each with its stages. While one runs, only what counts is drawn anew. */
export class IterationsModel implements TreeModel<IterationsNode, string> {
  readonly #read: () => readonly ShownIteration[];
  readonly #used: (iteration: number, stage: StageName) => StageUse;
  readonly #engine: () => EngineState;
  readonly #l10n: Localizer;
  #nodes: readonly IterationNode[] | null = null;

  /**
   * @param read the iterations as the database has them, newest first.
   * @param used what a stage used; asked for stages that are drawn alone, since it takes longer.
   */
  constructor(options: {
    readonly read: () => readonly ShownIteration[];
    readonly used: (iteration: number, stage: StageName) => StageUse;
    readonly engine: () => EngineState;
    readonly l10n: Localizer;
  }) {
    this.#read = options.read;
    this.#used = options.used;
    this.#engine = options.engine;
    this.#l10n = options.l10n;
  }

  children(node?: IterationsNode): readonly IterationsNode[] {
    this.#nodes ??= this.#read().map(nodeOf);
    if (!node) {
      return this.#nodes;
    }
    return node.kind === "iteration" ? node.stages : [];
  }

  parent(node: IterationsNode): IterationNode | undefined {
    return node.kind === "stage" ? node.parent() : undefined;
  }

  item(node: IterationsNode): ItemModel {
    return node.kind === "iteration"
      ? iterationItem(node.shown, this.#l10n)
      : stageItem(node.iteration, this.#drawn(node, this.#progressOf(node)), this.#l10n);
  }

  refresh(parts: ReadonlySet<string>): Redraw<IterationsNode> {
    const nodes = this.#nodes;
    if (!nodes) {
      return "all";
    }
    const counting = nodes.flatMap(({ stages }) => stages).filter((stage) => this.#progressOf(stage) !== null);
    const redraw = new Set<IterationsNode>(counting);
    if (parts.size === 1 && parts.has("engine") && counting.length > 0) {
      return [...redraw];
    }
    const read = this.#read();
    const same = read.length === nodes.length && read.every(({ number }, index) => nodes[index]?.iteration === number);
    if (!same) {
      this.#nodes = null;
      return "all";
    }
    for (const [index, shown] of read.entries()) {
      const node = nodes[index];
      if (node) {
        this.#takeOver(node, shown, redraw);
      }
    }
    return [...redraw];
  }

  /** An iteration is drawn anew with its stages when its own figures changed, else each stage by itself. */
  #takeOver(node: IterationNode, shown: ShownIteration, redraw: Set<IterationsNode>): void {
    const own = ({ stages: _, ...figures }: ShownIteration): string => JSON.stringify(figures);
    if (own(node.shown) !== own(shown)) {
      redraw.add(node);
    }
    node.shown = shown;
    for (const [index, stage] of node.stages.entries()) {
      const now = shown.stages[index];
      if (now && JSON.stringify(stage.shown) !== JSON.stringify(now)) {
        stage.shown = now;
        redraw.add(stage);
      }
    }
  }

  #drawn({ iteration, shown }: StageNode, progress: EngineState["progress"]): DrawnStage {
    const pausing = progress !== null && this.#engine().phase === "pausing";
    return { ...shown, ...this.#used(iteration, shown.name), progress, pausing };
  }

  #progressOf(node: StageNode): EngineState["progress"] {
    const { progress, phase } = this.#engine();
    const here = progress?.iteration === node.iteration && progress.stage === node.shown.name;
    return here && phase !== "idle" && node.shown.state === "running" ? progress : null;
  }
}

function nodeOf(shown: ShownIteration): IterationNode {
  const node: IterationNode = {
    kind: "iteration",
    iteration: shown.number,
    shown,
    stages: shown.stages.map((stage) => ({
      kind: "stage",
      iteration: shown.number,
      parent: () => node,
      shown: stage,
    })),
  };
  return node;
}
