// Every program that a stage may need, as modules of Python with what feeds them: sizes follow from data that are not seen
// here, so that all are written which a batch can ask for.
import {
  buildAccumulate,
  buildGradient,
  buildStep,
  buildUpdate,
  lower,
  maskAmong,
  prefixes,
  targets,
  writeTorch,
  type Input,
  type Precision,
  type Program,
  type Sizes,
  type StageSpec,
} from "../../compiler/index.js";
import { everySize } from "../program/sizes.js";

const builders = {
  step: buildStep,
  gradient: buildGradient,
  accumulate: buildAccumulate,
  update: buildUpdate,
} as const;

type Name = keyof typeof builders;

/** A program as the plan has it; without its file, which its caller names. */
export interface WrittenProgram {
  readonly name: Name;
  readonly items: number;
  /** Words of a text, and room for the masked positions of each head of `masksOf`. */
  readonly sizes: readonly number[];
  /** Parameters, state and sums of gradients, which stay on the device. */
  readonly reads: readonly string[];
  /** The other inputs, with where they come from. */
  readonly feeds: Readonly<Record<string, object>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly source: string;
}

/** The masks of a stage's heads that programs have room for, in the order of their sizes. */
export function masksOf({ learn }: StageSpec): { readonly from: string; readonly ignore: number }[] {
  const heads = learn.map(({ head }) => head);
  return heads.flatMap((head) => {
    const mask = maskAmong(head, heads);
    return mask === undefined ? [] : [{ from: mask.from, ignore: mask.ignore }];
  });
}

/** All programs of a stage on so many processes. */
export function* programsOf(stage: StageSpec, ranks: number, precision: Precision): Generator<WrittenProgram> {
  const [batch, micro] = [stage.batch / ranks, stage.micro / ranks];
  if (micro >= batch) {
    for (const sizes of everySize(stage, batch)) yield written("step", stage, { sizes, ranks, precision });
    return;
  }
  for (const items of new Set([micro, batch % micro || micro]))
    for (const sizes of everySize(stage, items)) yield written("gradient", stage, { sizes, ranks, precision });
  const sizes = { batch: micro, capacity: new Map<string, number>() };
  for (const name of ["accumulate", "update"] as const) yield written(name, stage, { sizes, ranks, precision });
}

interface Form {
  readonly sizes: Sizes;
  readonly ranks: number;
  readonly precision: Precision;
}

function written(name: Name, stage: StageSpec, { sizes, ranks, precision }: Form): WrittenProgram {
  const program = builders[name](stage, ranks === 1 ? sizes : { ...sizes, ranks });
  const { inputs, outputs } = program.graph;
  return {
    name,
    items: sizes.batch,
    sizes: [sizes.words ?? 0, ...sizes.capacity.values()],
    reads: inputs.filter(staysOnDevice).map((entry) => entry.name),
    feeds: Object.fromEntries(
      inputs.filter((entry) => !staysOnDevice(entry)).map((entry) => [entry.name, fedWith(program, entry)]),
    ),
    outputs: Object.fromEntries([...outputs].map(([output, { type }]) => [output, type.shape])),
    source: writeTorch(lower(program.graph, targets.torch, precision), { parts: true }),
  };
}

function staysOnDevice({ role, name }: Input): boolean {
  return role === "parameter" || role === "state" || name.startsWith(prefixes.summand);
}

/** What `feed.py` makes an input of. */
function fedWith({ derivations, counts, noise, gatherings }: Program, { name, value, fallback }: Input): object {
  const { dtype, shape } = value.type;
  const derivation = derivations.get(name);
  return {
    dtype,
    shape,
    fallback,
    ...(derivation && {
      derivation: {
        kind: derivation.kind,
        from: derivation.from,
        ignore: derivation.ignore,
        shape: derivation.fromType.shape,
      },
    }),
    ...(counts.has(name) && { count: counts.get(name) }),
    ...(noise.has(name) && { noise: noise.get(name) }),
    ...(gatherings.has(name) && { gathering: gatherings.get(name) }),
  };
}
