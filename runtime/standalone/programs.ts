// Every program that a stage may need, as modules of Python with what feeds them: sizes follow from data that are not seen
// here, so that all are written which a batch can ask for.
import {
  attentionKernels,
  buildWhole,
  dividesPool,
  hasAttention,
  hostType,
  lastMicroBatch,
  lower,
  maskAmong,
  minesWholeBatch,
  parametersOf,
  prefixes,
  shardOf,
  stateNames,
  torchWith,
  writeTorch,
  type AttentionKernel,
  type Graph,
  type HostType,
  type Input,
  type Precision,
  type Program,
  type Shape,
  type Sizes,
  type StageSpec,
} from "../../compiler/index.js";
import { feeding } from "../engines/backends.js";
import { trainingPrograms, type TrainingProgram } from "../program/training-programs.js";
import { everyLength, everySize, sizeNumbers } from "../program/sizes.js";

/** The devices that a text of a program is for: those of a kernel for attention, or `any`. */
export type Device = AttentionKernel | "any";

/** A program as the plan has it; without its files, which its caller names. */
export interface WrittenProgram {
  /** `whole` puts a tensor of the optimizer's state together that each process has a part of. */
  readonly name: TrainingProgram | "whole";
  readonly items: number;
  /** Words of a text, and room for the masked positions of each head of `masksOf`; fewer where the program has no such size. */
  readonly sizes: readonly number[];
  /** Parameters, state and sums of gradients, which stay on the device. */
  readonly reads: readonly string[];
  /** The other inputs, with where they come from. */
  readonly feeds: Readonly<Record<string, object>>;
  readonly outputs: Readonly<Record<string, HostType>>;
  /** Its text for any device, and for those whose kernel takes some of its attention. */
  readonly sources: ReadonlyMap<Device, string>;
}

/** The masks of a stage's heads that programs have room for, in the order of their sizes. */
export function masksOf({ learn }: StageSpec): { readonly from: string; readonly ignore: number }[] {
  const heads = learn.map(({ head }) => head);
  return heads.flatMap((head) => {
    const mask = maskAmong(head, heads);
    return mask === undefined ? [] : [{ from: mask.from, ignore: mask.ignore }];
  });
}

/** What programs are written for. */
export interface Written {
  /** Processes. */
  readonly ranks: number;
  /** Whether each of several keeps a part of the optimizer's state. */
  readonly shards: boolean;
  readonly precision: Precision;
}

/** All programs of a stage, each built when it is asked for. */
export function programsOf(stage: StageSpec, { ranks, shards, precision }: Written): (() => WrittenProgram)[] {
  const [batch, micro] = [stage.batch / ranks, stage.micro / ranks];
  const last = lastMicroBatch({ batch, micro });
  const pieces = [...new Set([micro, last])];
  const { pixels } = feeding.torch;
  const shared = ranks > 1 ? { ranks, shards } : {};
  const write =
    (name: TrainingProgram, sizes: Sizes, has: readonly number[] = []) =>
    () => {
      const program = trainingPrograms[name](stage, { ...sizes, pixels, ...shared });
      return written(program, { name, sizes: has, items: sizes.batch, precision });
    };
  const readers = (name: TrainingProgram, items: number) =>
    everySize(stage, items).map((sizes) => write(name, sizes, sizeNumbers(sizes)));
  const without = (items: number): Sizes => ({ batch: items, capacity: new Map() });
  const wholes = (ranks > 1 && shards ? sharedShapes(stage, ranks) : []).map((shape) => () => {
    const program = buildWhole(stage, { ...without(1), ...shared }, shape);
    return written(program, { name: "whole", sizes: [], items: 1, precision });
  });
  if (micro >= batch) return [...readers("step", batch), ...wholes];
  return [
    ...wholes,
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

/** The shapes of the optimizer's tensors that each process has a part of. */
function sharedShapes({ model, heads, trained, optimizer }: StageSpec, ranks: number): Shape[] {
  const shapes = parametersOf(model, heads)
    .filter(({ name }) => trained.has(name) && stateNames(optimizer, name).length > 0)
    .map(({ shape }) => shape)
    .filter((shape) => shardOf(shape, ranks) !== null);
  return [...new Map(shapes.map((shape) => [shape.join(" "), shape])).values()];
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
    sources: sourcesOf(program.graph, precision),
  };
}

/** As the engine `torch` has it on each device. */
function sourcesOf(graph: Graph, precision: Precision): Map<Device, string> {
  const sources = new Map<Device, string>();
  for (const attention of [null, ...attentionKernels]) {
    const lowered = lower(graph, torchWith(attention, precision), precision);
    if (attention === null || hasAttention(lowered))
      sources.set(attention ?? "any", writeTorch(lowered, { parts: true, attention }));
  }
  return sources;
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
