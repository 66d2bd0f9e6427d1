// The optimizer's state sharded over the processes of a training (ZeRO-1): each keeps its part, and tensors are gathered in
// full only while they are read.
import {
  buildWhole,
  parametersOf,
  parameterOfState,
  shardOf,
  type Rank,
  type StageSpec,
} from "../../compiler/index.js";
import type { Engine, Handle } from "../engines/index.js";
import type { LoadedPrograms } from "../program/loaded-programs.js";
import { holding } from "../program/results.js";
import { float32, type Tensor } from "../tensor.js";

/** The shards of one process. */
export interface Shards extends Rank {
  /** This process's part [1, n] of a state tensor, padded with zeros; the tensor itself if it is not sharded. */
  own(whole: Tensor): Tensor;
  /**
   * Uses a tensor of the learner, gathered in full (all-gather) for that long if it is sharded. All processes must call it for
   * the same tensors in the same order.
   */
  whole(name: string, handle: Handle, use: (whole: Handle) => Promise<void>): Promise<void>;
}

/** The shards of a rank. */
export function shardsOf(
  stage: StageSpec,
  { rank, ranks }: Rank,
  { engine, loaded }: { readonly engine: Engine; readonly loaded: LoadedPrograms },
): Shards {
  const shapes = new Map(parametersOf(stage.model, stage.heads).map(({ name, shape }) => [name, shape] as const));
  const sizes = { batch: 1, capacity: new Map<string, number>(), ranks, shards: true };
  return {
    rank,
    ranks,
    own: (whole) => shardFrom(whole, { rank, ranks }),
    whole: async (name, handle, use) => {
      const shape = shapes.get(parameterOfState(stage.optimizer, name) ?? "");
      if (shape === undefined || shardOf(shape, ranks) === null) return use(handle);
      const build = (): ReturnType<typeof buildWhole> => buildWhole(stage, sizes, shape);
      const { executable } = await loaded.load(`whole ${shape.join(" ")}`, sizes, build);
      const results = await executable.run(new Map([["shard", handle]]));
      return holding(engine, results, async () => {
        for (const each of results.values()) await use(each);
      });
    },
  };
}

function shardFrom(tensor: Tensor, { rank, ranks }: Rank): Tensor {
  const part = shardOf(tensor.shape, ranks);
  if (part === null) return tensor;
  const data = new Float32Array(part);
  data.set(tensor.data.subarray(rank * part, (rank + 1) * part));
  return float32([1, part], data);
}
