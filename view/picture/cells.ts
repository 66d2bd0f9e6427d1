// What a stage does with each part of its model, layer by layer: the cells of its small picture.
import {
  parametersOf,
  roleLayer,
  rolePath,
  stageHandOver,
  type ParameterSpec,
  type Spec,
  type StageSpec,
} from "../../compiler/front-end.js";

/** A part in one layer, or one that has no layers. */
export interface Cell {
  /** `attention`, with the norm in front of it and layer scale; `experts.vision`, `embed.text`, `heads.itc`, … */
  readonly part: string;
  readonly layer: number | null;
  readonly parameters: number;
  readonly trained: number;
  readonly frozen: number;
  /** Whether no tensor of it is in the stage before; false of a stage from scratch, where everything is new. */
  readonly isNew: boolean;
  readonly isCopied: boolean;
  readonly isResized: boolean;
}

/** What is done with a cell. `partly`: some of it is trained and some is frozen. */
export type Doing = "trained" | "partly" | "frozen" | "unreached";

/** All cells of a stage, in the order of its parameters. */
export function cellsOf(stage: StageSpec, spec: Spec): Cell[] {
  const fates = stageHandOver(stage, spec)?.fates;
  const copied = new Set(stage.copies.map(({ to }) => to));
  return inCells(stage).map(({ part, layer, held }): Cell => {
    return {
      part,
      layer,
      parameters: total(held),
      trained: total(held.filter(({ name }) => stage.trained.has(name))),
      frozen: total(held.filter(({ name }) => stage.frozen.has(name))),
      isNew: fates !== undefined && held.every(({ name }) => fates.get(name)?.how === "new" && !copied.has(name)),
      isCopied: held.some(({ name }) => copied.has(name)),
      isResized: held.some(({ name }) => fates?.get(name)?.how === "resized"),
    };
  });
}

interface Held {
  readonly part: string;
  readonly layer: number | null;
  readonly held: ParameterSpec[];
}

function inCells(stage: StageSpec): Held[] {
  const cells = new Map<string, Held>();
  for (const parameter of parametersOf(stage.model, stage.heads)) {
    const [part, layer] = [partOf(rolePath(parameter.role)), roleLayer(parameter.role)];
    const cell = cells.get(`${part} ${layer}`) ?? { part, layer, held: [] };
    cell.held.push(parameter);
    cells.set(`${part} ${layer}`, cell);
  }
  return [...cells.values()];
}

/** What belongs to an attention is shown with it. */
function partOf(path: string): string {
  return path === "norm1" || path === "layer_scale" ? "attention" : path;
}

function total(parameters: readonly ParameterSpec[]): number {
  return parameters.reduce((sum, { size }) => sum + size, 0);
}

/** What a stage does with a cell. */
export function doingOf({ trained, frozen }: Pick<Cell, "trained" | "frozen">): Doing {
  if (trained === 0) return frozen === 0 ? "unreached" : "frozen";
  return frozen === 0 ? "trained" : "partly";
}
