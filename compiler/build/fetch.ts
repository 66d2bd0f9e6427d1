// Samples of other ranks that a micro-batch reads, where a contrast spans both micro-batches (`divided.ts`) and
// processes.
import { input, type Value } from "../ir/graph.js";
import type { TensorType } from "../ir/types.js";
import { gather } from "../ops/indexing.js";
import type { StageSpec } from "../spec/spec.js";
import { buildGradient } from "./build.js";
import type { Sizes } from "./context.js";
import { createContext, finish } from "./parts.js";
import type { Program } from "./program.js";
import { ofAllRanks } from "./ranks.js";

/**
 * The rows of the optimizer batch that `gradient` gathers, fetched from the ranks that hold them: all-gathers each
 * tensor and selects the rows of the samples that `pool` mined.
 */
export function buildFetch(stage: StageSpec, sizes: Sizes): Program {
  const context = createContext(stage, sizes, { training: true, extent: "pool" });
  const { gatherings, graph } = buildGradient(stage, sizes);
  const given = (name: string, type: TensorType): Value => {
    const known = context.inputs.get(name) ?? input(name, "batch", type);
    context.inputs.set(name, known);
    return known.value;
  };
  const outputs = graph.inputs.flatMap(({ name, value: { type } }): [string, Value][] => {
    const gathering = gatherings.get(name);
    if (gathering === undefined) return [];
    const rows = given(gathering.rows, { dtype: "int32", shape: [sizes.batch] });
    return [[name, gather(ofAllRanks(context, given(gathering.from, type)), rows)]];
  });
  return finish(context, "fetch", new Map(outputs));
}
