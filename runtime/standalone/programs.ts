// Every program that a stage may need, as modules of Python with what feeds them: sizes follow from data that are not seen
// here, so that all are written which a batch can ask for.
import {
  dividesPool,
  hostType,
  lastMicroBatch,
  lower,
  maskAmong,
  minesWholeBatch,
  prefixes,
  targets,
  writeTorch,
  type HostType,
  type Input,
  type Precision,
  type Program,
  type Sizes,
  type StageSpec,
} from "../../compiler/index.js";
import { feeding } from "../engines/backends.js";
import { trainingPrograms, type TrainingProgram } from "../program/training-programs.js";
import { everyLength, everySize, sizeNumbers } from "../program/sizes.js";

/** A program as the plan has it; without its file, which its caller names. */
export interface WrittenProgram {
  readonly name: TrainingProgram;
  readonly items: number;
  /** Words of a text, and room for the masked positions of each head of `masksOf`; fewer where the program has no such size. */
  readonly sizes: readonly number[];
  /** Parameters, state and sums of gradients, which stay on the device. */
  readonly reads: readonly string[];
  /** The other inputs, with where they come from. */
  readonly feeds: Readonly<Record<string, object>>;
  readonly outputs: Readonly<Record<string, HostType>>;
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

/** All programs of a stage on so many processes, each built when it is asked for. */
export function programsOf(stage: StageSpec, ranks: number, precision: Precision): (() => WrittenProgram)[] {
  const [batch, micro] = [stage.batch / ranks, stage.micro / ranks];
  const last = lastMicroBatch({ batch, micro });
  const pieces = [...new Set([micro, last])];
  const { pixels } = feeding.torch;
  const write =
    (name: TrainingProgram, sizes: Sizes, has: readonly number[] = []) =>
    () => {
      const program = trainingPrograms[name](stage, { ...sizes, pixels, ...(ranks > 1 && { ranks }) });
      return written(program, { name, sizes: has, items: sizes.batch, precision });
    };
  const readers = (name: TrainingProgram, items: number) =>
    everySize(stage, items).map((sizes) => write(name, sizes, sizeNumbers(sizes)));
  if (micro >= batch) return readers("step", batch);
  const without = (items: number): Sizes => ({ batch: items, capacity: new Map() });
  return [
    ...(ranks === 1 ? pieces : [micro]).flatMap((items) => readers("gradient", items)),
    write("accumulate", without(micro)),
    ...(ranks === 1 ? [write("update", without(micro))] : readers("final", last)),
    ...(dividesPool(stage) ? pooling() : []),
  ];

  function pooling() {
    const vectors = everyLength(stage).flatMap((length) =>
      pieces.map((items) => write("vectors", { ...without(items), ...length }, [length.words ?? 0])),
    );
    return [
      ...vectors,
      write("pool", without(batch)),
      ...(ranks > 1 && minesWholeBatch(stage) ? [write("fetch", without(batch))] : []),
    ];
  }
}

interface Form extends Pick<WrittenProgram, "name" | "sizes" | "items"> {
  readonly precision: Precision;
}

function written(program: Program, { precision, ...named }: Form): WrittenProgram {
  const { inputs, outputs } = program.graph;
  return {
    ...named,
    reads: inputs.filter(staysOnDevice).map((entry) => entry.name),
    feeds: Object.fromEntries(
      inputs.filter((entry) => !staysOnDevice(entry)).map((entry) => [entry.name, fedWith(program, entry)]),
    ),
    outputs: Object.fromEntries([...outputs].map(([output, { type }]) => [output, hostType(type)])),
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
