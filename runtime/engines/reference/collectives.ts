// The semantics of collectives: the result of each rank from the inputs of all.
import { sizeOf, type CollectiveName, type TensorType } from "../../../compiler/index.js";
import { zeros, type Data } from "./layout.js";

/** The result of one rank, from the input of every rank. */
type CollectiveRule = (all: readonly Data[], rank: number, type: TensorType) => Data;

/** The rule of every collective. */
export const collectiveRules = {
  allGather: (all, _, type) => {
    const result = zeros(type);
    all.forEach((data, rank) => result.set(data, rank * data.length));
    return result;
  },
  reduceScatter: (all, rank, type) => {
    const size = sizeOf(type.shape);
    return summed(all, rank * size, type);
  },
  allReduce: (all, _, type) => summed(all, 0, type),
} as const satisfies Readonly<Record<CollectiveName, CollectiveRule>>;

/** Sums over ranks, of as many elements as the type has, starting at `from`. */
function summed(all: readonly Data[], from: number, type: TensorType): Data {
  const result = zeros(type);
  for (const data of all) {
    for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? 0) + (data[from + i] ?? 0);
  }
  return result;
}
