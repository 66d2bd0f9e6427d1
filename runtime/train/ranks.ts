// What a training does otherwise where it is one of several processes (ranks) that share each step.
import { itemsOfRank, type StageSpec } from "../../compiler/index.js";
import type { BatchOptions } from "../data/index.js";
import type { Engine } from "../engines/index.js";

/** The items of each batch that this process reads, where others read the rest. */
export function ownOf(stage: StageSpec, { ranks }: Engine): Partial<Pick<BatchOptions, "own">> {
  return ranks === undefined ? {} : { own: itemsOfRank(stage, ranks) };
}
