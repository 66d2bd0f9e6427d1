// What collectives mean: each rank's result, from what all ranks bring.
import { sizeOf, type CollectiveName, type TensorType } from "../../../compiler/index.js";
import { zeros, type Data } from "./layout.js";

/** One result of the rank of that number, from the input at its place on every rank. */
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

/** Sums over the ranks of as many elements as the type has, from one of them on. */
function summed(all: readonly Data[], from: number, type: TensorType): Data {
  const result = zeros(type);
  for (const data of all) {
    for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? 0) + (data[from + i] ?? 0);
  }
  return result;
}
