// The treatment of each part of a stage's model, layer by layer: the cells of its small picture.
import {
  parametersOf,
  roleLayer,
  rolePath,
  stageHandOver,
  type ParameterSpec,
  type Spec,
  type StageSpec,
} from "../../compiler/front-end.js";

/** A part in one layer, or a part without layers. */
export interface Cell {
  /** `attention`, with its norm and layer scale; `experts.vision`, `embed.text`, `heads.itc`, … */
  readonly part: string;
  readonly layer: number | null;
  readonly parameters: number;
  readonly trained: number;
  readonly frozen: number;
  /** Whether none of its tensors is in the previous stage; false for a stage from scratch, where everything is new. */
  readonly isNew: boolean;
  readonly isCopied: boolean;
  readonly isResized: boolean;
}

/** The treatment of a cell. `partly`: some of it is trained, the rest is frozen or reached by no loss. */
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

/** Parameters of an attention are shown with it. */
function partOf(path: string): string {
  return path === "norm1" || path === "layer_scale" ? "attention" : path;
}

function total(parameters: readonly ParameterSpec[]): number {
  return parameters.reduce((sum, { size }) => sum + size, 0);
}

/** The treatment of a cell. */
export function doingOf({ parameters, trained, frozen }: Pick<Cell, "parameters" | "trained" | "frozen">): Doing {
  if (trained === 0) return frozen === 0 ? "unreached" : "frozen";
  return trained === parameters ? "trained" : "partly";
}
