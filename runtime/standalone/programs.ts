// Every program that a stage may need, as Python modules with their feeds: sizes depend on data not known here, so that all
// sizes are written that a batch can have.
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

/** The devices that a program's source is for: those of an attention kernel, or `any`. */
export type Device = AttentionKernel | "any";

/** A program as listed in the plan; without its files, which its caller names. */
export interface WrittenProgram {
  /** `whole` gathers a tensor of the optimizer's state that is sharded over the processes. */
  readonly name: TrainingProgram | "whole";
  readonly items: number;
  /**
   * Text length, and the maximum number of masked positions for each head of `masksOf`; fewer entries where the program has no
   * such size.
   */
  readonly sizes: readonly number[];
  /** Parameters, optimizer state and accumulated gradients, which stay on the device. */
  readonly reads: readonly string[];
  /** The other inputs, with their sources. */
  readonly feeds: Readonly<Record<string, object>>;
  readonly outputs: Readonly<Record<string, HostType>>;
  /** Its source for any device, and for those with a fused kernel for some of its attention. */
  readonly sources: ReadonlyMap<Device, string>;
}

/** The masks of a stage's heads that programs have sizes for, in the order of these sizes. */
export function masksOf({ learn }: StageSpec): { readonly from: string; readonly ignore: number }[] {
  const heads = learn.map(({ head }) => head);
  return heads.flatMap((head) => {
    const mask = maskAmong(head, heads);
    return mask === undefined ? [] : [{ from: mask.from, ignore: mask.ignore }];
  });
}

/** The configuration that programs are written for. */
export interface Written {
  /** Processes. */
  readonly ranks: number;
  /** Whether the optimizer's state is sharded over the processes. */
  readonly shards: boolean;
  readonly precision: Precision;
}

/** All programs of a stage, each built on demand. */
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

/** The shapes of the sharded optimizer tensors. */
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

/** The sources that the engine `torch` uses on each device. */
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

/** The rule by which `feed.py` computes an input. */
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
