// A stage's parameters and optimizer state on an engine, and the programs that change them. Knows nothing of data sets,
// files or time.
import {
  buildAccumulate,
  buildFetch,
  buildGradient,
  buildPool,
  buildStep,
  buildUpdate,
  buildVectors,
  dividesPool,
  inputs,
  isState,
  parametersOf,
  prefixes,
  stateNames,
  stepScalars,
  type Program,
  type Sizes,
  type StageSpec,
} from "../../compiler/index.js";
import { largest, type Engine, type Handle, type Handles } from "../engines/index.js";
import { microBatchesOf, stacked, type MicroBatch } from "../data/index.js";
import { countOf, denominator, feed } from "../program/feed.js";
import { LoadedPrograms, type Loaded } from "../program/loaded-programs.js";
import { readAll } from "../program/results.js";
import { sizeNumbers, sizesOf, withNumbers } from "../program/sizes.js";
import { int32, type Tensor, type Tensors } from "../tensor.js";
import { Slots, zeros } from "../program/slots.js";

/** Numbers of one optimizer step, read from the engine. */
export interface StepResult {
  /** `total` and each head's loss, means over the optimizer batch. */
  readonly losses: ReadonlyMap<string, number>;
  /** Global norm of the gradients where the stage clips, else null. */
  readonly gradientNorm: number | null;
}

/** What a learner begins with. Programs are built meanwhile where parameters are still being drawn. */
export interface Beginning {
  readonly parameters: Tensors | Promise<Tensors>;
  readonly state: Tensors | null;
}

/** The inputs of a run besides parameters and state. */
interface Given {
  readonly microBatch: MicroBatch | null;
  /** The micro-batches of the optimizer batch, where it is not the only one. */
  readonly microBatches?: readonly MicroBatch[];
  readonly scalars: ReadonlyMap<string, number>;
  readonly labels: readonly number[];
  /** The optimizer batch, where a micro-batch reads rows of others. */
  readonly whole?: Tensors;
}

/** What all runs of a step share. */
type StepNumbers = Pick<Given, "scalars" | "labels">;

/** What the gradients of an optimizer batch are summed over. */
interface Shares {
  readonly microBatches: readonly MicroBatch[];
  readonly whole?: Tensors;
  /** Losses of the whole batch, which no micro-batch has a share in. */
  readonly losses: ReadonlyMap<string, number>;
}

type LearnerProgram = "step" | "vectors" | "pool" | "fetch" | "gradient" | "update" | "accumulate";
const builders = {
  step: buildStep,
  vectors: buildVectors,
  pool: buildPool,
  fetch: buildFetch,
  gradient: buildGradient,
  update: buildUpdate,
  accumulate: buildAccumulate,
} as const;

/** Programs are built and loaded at the first batch of their sizes, and kept. */
export class Learner {
  /** Parameters and the optimizer's state. */
  private readonly tensors: Slots;
  /** Sums of the gradients of the micro-batches so far, and those of one. */
  private readonly sums: Slots;
  private readonly microBatchGradients: Slots;
  /** Batches, noise and scalars. */
  private readonly feeds: Slots;
  private readonly loaded: LoadedPrograms;
  /** Parameters and state are on the engine. */
  private readonly placed: Promise<void>;
  private disposed = false;
  /** Processes that share each step. */
  private readonly ranks: number;

  constructor(
    private readonly engine: Engine,
    private readonly stage: StageSpec,
    start: Beginning,
  ) {
    this.loaded = new LoadedPrograms(engine);
    this.ranks = engine.ranks?.ranks ?? 1;
    this.tensors = new Slots(engine, prefixes.next);
    this.sums = new Slots(engine, prefixes.gradient);
    this.microBatchGradients = new Slots(engine, prefixes.gradient);
    this.feeds = new Slots(engine, null);
    this.placed = this.place(start);
    // A failure is told where it is waited for.
    this.placed.catch(() => undefined);
  }

  private async place(start: Beginning): Promise<void> {
    const parameters = await start.parameters;
    if (this.disposed) return;
    for (const { name, shape } of parametersOf(this.stage.model, this.stage.heads)) {
      const tensor = parameters.get(name);
      if (tensor === undefined) throw new Error(`internal: stage ${this.stage.name} starts without ${name}`);
      this.tensors.place(name, tensor);
      if (!this.stage.trained.has(name)) continue;
      for (const state of stateNames(this.stage.optimizer, name)) {
        this.tensors.place(state, start.state?.get(state) ?? zeros({ dtype: "float32", shape }));
      }
    }
  }

  /** One optimizer step over a batch. `step` counts from 0; it names the noise and sets the bias corrections. */
  async step(batch: MicroBatch, { step, lr }: { step: number; lr: number }): Promise<StepResult> {
    const numbers = { scalars: stepScalars(this.stage.optimizer, step + 1, lr), labels: [step] };
    const microBatches = this.microBatchesOf(batch);
    if (microBatches.length === 1) return this.fused(batch, numbers);
    return this.accumulated(
      dividesPool(this.stage) ? await this.pooled(batch, numbers) : { microBatches, losses: new Map() },
      numbers,
    );
  }

  private async fused(microBatch: MicroBatch, numbers: StepNumbers): Promise<StepResult> {
    return this.advance(await this.program("step", microBatch), this.tensors, { microBatch, ...numbers });
  }

  /** Those of one process, or what the ranks each have of them. */
  private microBatchesOf(batch: MicroBatch): MicroBatch[] {
    return microBatchesOf(batch, this.stage.micro / this.ranks);
  }

  private async accumulated(
    { microBatches, whole, losses: before }: Shares,
    numbers: StepNumbers,
  ): Promise<StepResult> {
    const losses = new Map(before);
    const nothing = { microBatch: null, ...numbers };
    for (const [i, microBatch] of microBatches.entries()) {
      const loaded = await this.program("gradient", microBatch, whole);
      const given = { microBatch, microBatches, ...numbers, ...(whole && { whole }) };
      const results = await this.advance(loaded, i === 0 ? this.sums : this.microBatchGradients, given);
      for (const [name, loss] of results.losses) losses.set(name, (losses.get(name) ?? 0) + loss);
      if (i > 0) await this.advance(await this.program("accumulate", null), this.sums, nothing);
    }
    const update = await this.program("update", null);
    const { gradientNorm } = await this.advance(update, this.tensors, nothing);
    return { losses, gradientNorm };
  }

  /** Contrasts the whole batch (compiler/build/divided.ts): its losses, and what each micro-batch then goes on from. */
  private async pooled(batch: MicroBatch, numbers: StepNumbers): Promise<Shares> {
    const vectors = await this.vectors(batch, numbers);
    const results = await this.results(await this.program("pool", { ...batch, tensors: new Map() }), {
      microBatch: { ...batch, tensors: new Map([...batch.tensors, ...vectors]) },
      ...numbers,
    });
    const { losses, bySample, byParameter } = sorted(results);
    const pooled = new Map([...batch.tensors, ...bySample]);
    const whole = new Map([...pooled, ...(await this.fetched({ ...batch, tensors: pooled }, numbers))]);
    const microBatches = this.microBatchesOf({ ...batch, tensors: whole }).map((each, i) => {
      const once = [...byParameter].map(([name, tensor]) => [name, i === 0 ? tensor : zeros(tensor)] as const);
      return { ...each, tensors: new Map([...each.tensors, ...once]) };
    });
    return { microBatches, whole, losses };
  }

  /** The samples of other ranks that were mined for a rank's own; one process has them all. */
  private async fetched(microBatch: MicroBatch, numbers: StepNumbers): Promise<Tensors> {
    if (this.ranks === 1) return new Map();
    return this.results(await this.program("fetch", { ...microBatch, tensors: new Map() }), { microBatch, ...numbers });
  }

  /** The vectors of all micro-batches, one below the other. */
  private async vectors(batch: MicroBatch, numbers: StepNumbers): Promise<Tensors> {
    const parts = new Map<string, Tensor[]>();
    for (const microBatch of this.microBatchesOf(batch)) {
      const loaded = await this.program("vectors", microBatch, batch.tensors);
      const results = await this.results(loaded, { microBatch, ...numbers });
      for (const [name, tensor] of results) parts.set(name, [...(parts.get(name) ?? []), tensor]);
    }
    return new Map([...parts].map(([name, tensors]) => [name, stacked(tensors)]));
  }

  /** Runs a program and copies its results to the host. */
  private async results({ program, executable }: Loaded, given: Given): Promise<Map<string, Tensor>> {
    await this.placed;
    return readAll(this.engine, await executable.run(this.inputs(program, given)));
  }

  /** Runs a program whose results go to `slots`; returns its losses and norms. */
  private async advance({ program, executable }: Loaded, slots: Slots, given: Given): Promise<StepResult> {
    await this.placed;
    const inputs = this.inputs(program, given);
    return this.numbers(await slots.advance(program.graph, (into) => executable.run(inputs, into)));
  }

  /**
   * Counts of the whole optimizer batch, of which each rank has its share; under `mean: micro_batch` each micro-batch counts
   * for itself, and for an equal share.
   */
  private counts(program: Program, own: MicroBatch, microBatches: readonly MicroBatch[] = [own]): Map<string, number> {
    return new Map(
      [...program.counts].map(([name, count]) => {
        const of = ({ tensors, items }: MicroBatch): number => countOf(count, tensors, items, this.ranks);
        if (this.stage.mean === "micro_batch") return [name, denominator(of(own)) * microBatches.length * this.ranks];
        const all = microBatches.reduce((sum, microBatch) => sum + of(microBatch), 0);
        return [name, this.ranks === 1 ? denominator(all) : all];
      }),
    );
  }

  private async program(name: LearnerProgram, microBatch: MicroBatch | null, whole?: Tensors): Promise<Loaded> {
    const items = this.stage.micro / this.ranks;
    const sizes = sizesOf(this.stage, microBatch ?? { tensors: new Map(), items }, whole);
    return this.loaded.load(name, await this.shared(sizes), (each) => builders[name](this.stage, each));
  }

  /** All ranks run one program, in which what each of them has fits. */
  private async shared(sizes: Sizes): Promise<Sizes> {
    const { ranks } = this.engine;
    if (ranks === undefined) return sizes;
    return { ...withNumbers(sizes, await largest(ranks, sizeNumbers(sizes))), ranks: ranks.ranks };
  }

  private inputs(program: Program, { microBatch, microBatches, scalars, labels, whole }: Given): Map<string, Handle> {
    const inputs = new Map<string, Handle>();
    for (const { name } of program.graph.inputs) {
      const handle = this.resident(name);
      if (handle !== undefined) inputs.set(name, handle);
    }
    const { tensors, missing } = feed(program, {
      batch: microBatch === null ? new Map<string, Tensor>() : this.withOwn(microBatch),
      items: microBatch?.items ?? 0,
      ...(whole && { whole }),
      scalars: new Map([...scalars, ...(microBatch === null ? [] : this.counts(program, microBatch, microBatches))]),
      noise: {
        seed: this.stage.seed,
        labels: ["noise", this.stage.name, ...labels],
        numbers: microBatch?.numbers ?? [],
      },
    });
    if (missing.length > 0)
      throw new Error(`internal: nothing supplies ${missing.map((entry) => entry.name).join(", ")}`);
    for (const [name, tensor] of tensors) inputs.set(name, this.feeds.write(`${name} ${tensor.shape.join()}`, tensor));
    return inputs;
  }

  /** The tensors of a rank's share, with the numbers of its samples among those that all ranks work on. */
  private withOwn({ tensors, numbers: [first = 0, ...more] }: MicroBatch): Tensors {
    if (this.ranks === 1) return tensors;
    const start = first - (first % this.stage.micro);
    const own = Int32Array.of(first, ...more).map((number) => number - start);
    return new Map([...tensors, [inputs.own, int32([own.length], own)]]);
  }

  /** What stays on the engine between runs: parameters, the optimizer's state, sums of gradients (`grad.X`), those of a micro-batch (`more.X`). */
  private resident(name: string): Handle | undefined {
    if (name.startsWith(prefixes.gradient)) return this.sums.get(name.slice(prefixes.gradient.length));
    if (name.startsWith(prefixes.summand)) return this.microBatchGradients.get(name.slice(prefixes.summand.length));
    return this.tensors.get(name);
  }

  private async numbers(results: Handles): Promise<StepResult> {
    const losses = new Map<string, number>();
    let gradientNorm: number | null = null;
    for (const [name, handle] of results) {
      const value = (await this.engine.read(handle)).data[0] ?? Number.NaN;
      if (name.startsWith(prefixes.loss)) losses.set(name.slice(prefixes.loss.length), value);
      else if (name === "gradient_norm") gradientNorm = value;
    }
    return { losses, gradientNorm };
  }

  /** Parameters and the optimizer's state, copied to the host. */
  async read(): Promise<{ parameters: Map<string, Tensor>; state: Map<string, Tensor> }> {
    await this.placed;
    const all = [...(await this.tensors.read())];
    const ofOptimizer = ([name]: readonly [string, Tensor]): boolean => isState(this.stage.optimizer, name);
    return {
      parameters: new Map(all.filter((entry) => !ofOptimizer(entry))),
      state: new Map(all.filter(ofOptimizer)),
    };
  }

  /** Parameters as they are on the engine, for evaluation between steps. */
  async handles(): Promise<Handles> {
    await this.placed;
    return this.tensors.handles();
  }

  dispose(): void {
    this.disposed = true;
    this.loaded.dispose();
    for (const slots of [this.tensors, this.sums, this.microBatchGradients, this.feeds]) slots.dispose();
  }
}

/** What `pool` gives, by what it is of. */
function sorted(results: Tensors) {
  const losses = new Map<string, number>();
  const [bySample, byParameter] = [new Map<string, Tensor>(), new Map<string, Tensor>()];
  for (const [name, tensor] of results) {
    if (name.startsWith(prefixes.loss)) losses.set(name.slice(prefixes.loss.length), tensor.data[0] ?? Number.NaN);
    else if (isOfParameter(name)) byParameter.set(name, tensor);
    else bySample.set(name, tensor);
  }
  return { losses, bySample, byParameter };
}

function isOfParameter(name: string): boolean {
  return name.startsWith(prefixes.cotangent) && !name.startsWith(`${prefixes.cotangent}${prefixes.pool}`);
}
