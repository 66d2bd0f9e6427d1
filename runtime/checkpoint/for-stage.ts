// A file opened for a stage: its tensors, and the parameters of the stage by their names in the file.
import { parametersOf, type ParameterSpec, type StageSpec } from "../../compiler/index.js";
import type { Choice } from "./choose.js";
import type { ImportTarget } from "./import.js";
import { layoutContext } from "./layouts/context.js";
import { layouts, type Layout } from "./layouts/index.js";
import { noLayout } from "./problems.js";
import { openTensorFile, type TensorSource } from "./source.js";

/** The parameters that are initialised from a file. */
export interface StageTarget extends ImportTarget {
  readonly targets: readonly ParameterSpec[];
}

/** An open file, and the parameters to initialise from it; the caller closes `source`. */
export interface OpenForStage {
  readonly source: TensorSource;
  readonly target: StageTarget;
}

type Filled = Pick<StageSpec, "model" | "heads">;

/** Opens a file for a stage; without a named layout, in the one that fits best. Throws V939 and as `openTensorFile`. */
export async function openForStage(file: string, stage: Filled, choice: Choice): Promise<OpenForStage> {
  const source = await openTensorFile(file, choice);
  const layout = choice.layout ?? source.layout;
  if (layout !== undefined) return { source, target: targetOf(stage, layout) };
  await source.close();
  throw noLayout(source);
}

/** The parameters of a stage in a layout. */
export function targetOf({ model, heads }: Filled, layout: Layout = layouts.vlmo_ts): StageTarget {
  return { layout, targets: parametersOf(model, heads), context: layoutContext(model, heads) };
}
