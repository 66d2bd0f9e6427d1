// What differs in a training by several processes (ranks) that share each step. All of them run the same program; rank 0 alone
// writes the run folder and evaluates, and its decisions are sent to the others.
import { crc32 } from "node:zlib";
import { itemsOfRank, type StageSpec } from "../../compiler/index.js";
import type { BatchOptions } from "../data/index.js";
import type { Engine, Ranks } from "../engines/index.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import type { Tensors } from "../tensor.js";
import type { Beginning } from "./learner.js";

type Sharing = Pick<Engine, "ranks">;

/** Whether this process writes and evaluates: rank 0, or the only process. */
export function isFirst({ ranks }: Sharing): boolean {
  return ranks === undefined || ranks.rank === 0;
}

/** The value that rank 0 passes, on all ranks; `patient`: they wait as long as it takes, while rank 0 evaluates and saves. */
export async function asFirst({ ranks }: Sharing, own: boolean, patient = true): Promise<boolean> {
  if (ranks === undefined) return own;
  const [[says = 0] = []] = await ranks.exchange([Number(own)], { patient });
  return says === 1;
}

/** A barrier. */
export async function together(engine: Sharing): Promise<void> {
  await asFirst(engine, true);
}

/** The items of each batch that this rank reads; the others read the rest. */
export function ownOf(stage: StageSpec, { ranks }: Sharing): Partial<Pick<BatchOptions, "own">> {
  return ranks === undefined ? {} : { own: itemsOfRank(stage, ranks) };
}

/** Why a stage cannot be trained by several processes: V902, V903, V908. */
export function unshareable(stage: StageSpec, ranks: number): VlmoError[] {
  const { name, data, mix, span } = stage;
  const sizes = (["batch", "micro"] as const).filter((key) => stage[key] % ranks !== 0).slice(0, 1);
  const skipping = ranks === 1 ? [] : data.filter(({ onError }) => onError === "skip");
  return [
    ...sizes.map((key) => vlmoError("V902", { stage: name, key, size: stage[key], ranks }, { span })),
    ...skipping.map((block) => vlmoError("V903", { data: block.name, stage: name }, { span: block.span })),
    ...(ranks > 1 && mix.length > 0 ? [vlmoError("V908", { stage: name }, { span })] : []),
  ];
}

/** What a rank contributes to the decision before a step. */
interface Brought {
  /** Whether it wants the stage to end: it was asked to stop, or `patience` is exhausted. */
  readonly ends: boolean;
  /** Whether it could not read its data. */
  readonly failed: boolean;
  /** Whether it saves or evaluates after the step. */
  readonly rests: boolean;
  readonly textsCut: number;
}

/** The decision of all ranks: `failed` is the first rank that could not read its data. */
export interface Agreed {
  readonly ends: boolean;
  readonly failed: number | null;
  readonly rests: boolean;
  readonly textsCut: number;
}

/** Agrees before a step whether to take it: an all-gather of each rank's view. */
export async function agreed(ranks: Ranks, { ends, failed, rests, textsCut }: Brought): Promise<Agreed> {
  const all = await ranks.exchange([Number(ends), Number(failed), Number(rests), textsCut]);
  const firstFailed = all.findIndex(([, fails]) => fails === 1);
  return {
    ends: all.some(([each]) => each === 1),
    failed: firstFailed < 0 ? null : firstFailed,
    rests: all.some(([, , each]) => each === 1),
    textsCut: all.reduce((sum, [, , , cut = 0]) => sum + cut, 0),
  };
}

/** Throws V906 if ranks begin a stage at different steps or with different tensors: their run folders are not the same one. */
export async function expectSameStart(
  { ranks }: Sharing,
  { name, span }: StageSpec,
  begin: Beginning & { readonly from: number },
): Promise<void> {
  if (ranks === undefined) return;
  const sum = sumOf(begin.state ?? new Map(), sumOf(await begin.parameters, 0));
  const [first = [], ...others] = await ranks.exchange([begin.from, sum], { patient: true });
  if (others.some((other) => other.some((number, i) => number !== first[i]))) {
    throw vlmoError("V906", { stage: name }, { span });
  }
}

/** A checksum, continued from `before`. */
function sumOf(tensors: Tensors, before: number): number {
  return [...tensors].reduce((sum, [name, { data }]) => {
    return crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc32(name, sum));
  }, before);
}
