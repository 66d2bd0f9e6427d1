// What a training does otherwise where it is one of several processes (ranks) that share each step. All of them run the same
// program; the first alone writes the run folder and evaluates, and decides what follows from that.
import { crc32 } from "node:zlib";
import { itemsOfRank, type StageSpec } from "../../compiler/index.js";
import type { BatchOptions } from "../data/index.js";
import type { Engine, Ranks } from "../engines/index.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import type { Tensors } from "../tensor.js";
import type { Beginning } from "./learner.js";

type Sharing = Pick<Engine, "ranks">;

/** Whether this process writes and evaluates: the first of several, or the only one. */
export function isFirst({ ranks }: Sharing): boolean {
  return ranks === undefined || ranks.rank === 0;
}

/** What the first process says, once it has come so far; `patient`: others wait while it evaluates and saves. */
export async function asFirst({ ranks }: Sharing, own: boolean, patient = true): Promise<boolean> {
  if (ranks === undefined) return own;
  const [[says = 0] = []] = await ranks.exchange([Number(own)], { patient });
  return says === 1;
}

/** Waits until all processes have come so far. */
export async function together(engine: Sharing): Promise<void> {
  await asFirst(engine, true);
}

/** The items of each batch that this process reads, where others read the rest. */
export function ownOf(stage: StageSpec, { ranks }: Sharing): Partial<Pick<BatchOptions, "own">> {
  return ranks === undefined ? {} : { own: itemsOfRank(stage, ranks) };
}

/** Why a stage cannot be shared: V902, V903, V908. */
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

/** What a process brings to a step. */
interface Brought {
  /** Whether the stage is to end here: it was asked to stop, or is not getting better. */
  readonly ends: boolean;
  /** Whether its data could not be read. */
  readonly failed: boolean;
  /** Whether it saves or evaluates after the step. */
  readonly rests: boolean;
  readonly textsCut: number;
}

/** What all bring: `failed` is the number of the first whose data could not be read. */
export interface Agreed {
  readonly ends: boolean;
  readonly failed: number | null;
  readonly rests: boolean;
  readonly textsCut: number;
}

/** Agrees before a step whether to take it. */
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

/** Throws V906 where processes begin a stage with other steps or parameters: their run folders are not one. */
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

/** A checksum, which goes on from another one. */
function sumOf(tensors: Tensors, before: number): number {
  return [...tensors].reduce((sum, [name, { data }]) => {
    return crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc32(name, sum));
  }, before);
}
