// A stage's parameters and optimizer state on an engine, and the programs that change them. Knows nothing of data sets,
// files or time.
import {
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
import { microBatchesOf, type MicroBatch } from "../data/index.js";
import { countOf, denominator, feed } from "../program/feed.js";
import { LoadedPrograms, type Loaded } from "../program/loaded-programs.js";
import { readAll } from "../program/results.js";
import { quietly } from "../quietly.js";
import { sizeNumbers, sizesOf, withNumbers } from "../program/sizes.js";
import { int32, type Tensor, type Tensors } from "../tensor.js";
import { Slots, zeros } from "../program/slots.js";
import { trainingPrograms, type TrainingProgram } from "../program/training-programs.js";
import { pooled, type Shares } from "./pooled.js";
import { shardsOf, type Shards } from "./shards.js";
import { submitted, summed, type StepResult, type Submitted } from "./step-result.js";

/** The step, counted from 0, which seeds its noise and sets Adam's bias corrections; and its learning rate. */
interface StepAt {
  readonly step: number;
  readonly lr: number;
}

/** A learner's initial state, complete even if it keeps only a shard. Programs are built while parameters are still drawn. */
export interface Beginning {
  readonly parameters: Tensors | Promise<Tensors>;
  readonly state: Tensors | null;
  /** Whether each of several processes keeps a part of the optimizer's state; default no. */
  readonly shards?: boolean;
}

/** The inputs of a program besides parameters and state. */
interface Given {
  readonly microBatch: MicroBatch | null;
  /** All micro-batches of the optimizer batch, if it has more than one. */
  readonly microBatches?: readonly MicroBatch[];
  readonly scalars: ReadonlyMap<string, number>;
  readonly labels: readonly number[];
  /** The optimizer batch, if micro-batches read rows of each other. */
  readonly whole?: Tensors;
}

/** Inputs that all programs of a step share. */
type StepNumbers = Pick<Given, "scalars" | "labels">;

/** Programs are built and loaded at the first batch of their sizes, and kept. */
export class Learner {
  /** Parameters and the optimizer's state. */
  private readonly tensors: Slots;
  /** Accumulated gradients, and the gradients of one micro-batch. */
  private readonly sums: Slots;
  private readonly microBatchGradients: Slots;
  /** Batches, noise and scalars. */
  private readonly feeds: Slots;
  private readonly loaded: LoadedPrograms;
  /** Resolves when parameters and state are on the engine. */
  private readonly placed: Promise<void>;
  private disposed = false;
  /** Processes that share each step. */
  private readonly ranks: number;
  /** The part of the optimizer's state that this process keeps; null: all of it. */
  private readonly shards: Shards | null;

  constructor(
    private readonly engine: Engine,
    private readonly stage: StageSpec,
    start: Beginning,
  ) {
    this.loaded = new LoadedPrograms(engine);
    this.ranks = engine.ranks?.ranks ?? 1;
    const shares = start.shards === true && engine.ranks !== undefined;
    this.shards = shares ? shardsOf(stage, engine.ranks, { engine, loaded: this.loaded }) : null;
    this.tensors = new Slots(engine, prefixes.next);
    this.sums = new Slots(engine, prefixes.gradient);
    this.microBatchGradients = new Slots(engine, prefixes.gradient);
    this.feeds = new Slots(engine, null);
    this.placed = quietly(this.place(start));
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
        const whole = start.state?.get(state) ?? zeros({ dtype: "float32", shape });
        this.tensors.place(state, this.shards?.own(whole) ?? whole);
      }
    }
  }

  /** `submit`, awaiting the result. */
  async step(batch: MicroBatch, at: StepAt): Promise<StepResult> {
    return (await this.submit(batch, at)).result;
  }

  /** Submits one optimizer step. `batch` must not change until the result is there. */
  async submit(batch: MicroBatch, { step, lr }: StepAt): Promise<Submitted> {
    const numbers = { scalars: stepScalars(this.stage.optimizer, step + 1, lr), labels: [step] };
    const microBatches = this.microBatchesOf(batch);
    if (microBatches.length === 1) return this.fused(batch, numbers);
    return this.accumulated(
      dividesPool(this.stage) ? await this.pooled(batch, numbers) : { microBatches, losses: new Map() },
      numbers,
    );
  }

  private async fused(microBatch: MicroBatch, numbers: StepNumbers): Promise<Submitted> {
    return this.advance(await this.program("step", microBatch), this.tensors, { microBatch, ...numbers });
  }

  /** This process's: with ranks, its share of each micro-batch. */
  private microBatchesOf(batch: MicroBatch): MicroBatch[] {
    return microBatchesOf(batch, this.stage.micro / this.ranks);
  }

  private async accumulated({ microBatches, whole, losses: before }: Shares, numbers: StepNumbers): Promise<Submitted> {
    const parts: Promise<StepResult>[] = [];
    const nothing = { microBatch: null, ...numbers };
    const differentiate = async (
      name: "gradient" | "final",
      microBatch: MicroBatch,
      slots: Slots,
    ): Promise<Submitted> => {
      const loaded = await this.program(name, microBatch, whole);
      const submission = await this.advance(loaded, slots, {
        microBatch,
        microBatches,
        ...numbers,
        ...(whole && { whole }),
      });
      parts.push(submission.result);
      return submission;
    };
    const last = this.ranks === 1 ? undefined : microBatches.at(-1);
    for (const [i, microBatch] of microBatches.entries()) {
      if (microBatch === last) continue;
      await differentiate("gradient", microBatch, i === 0 ? this.sums : this.microBatchGradients);
      if (i > 0) await this.advance(await this.program("accumulate", null), this.sums, nothing);
    }
    const { result } =
      last === undefined
        ? await this.advance(await this.program("update", null), this.tensors, nothing)
        : await differentiate("final", last, this.tensors);
    return submitted(summed(before, parts, result));
  }

  /** The contrastive loss of the whole batch: its losses, and the gradients from which each micro-batch continues. */
  private pooled(batch: MicroBatch, numbers: StepNumbers): Promise<Shares> {
    return pooled(batch, {
      stage: this.stage,
      ranks: this.ranks,
      microBatchesOf: (each) => this.microBatchesOf(each),
      run: async (name, microBatch, sized, whole) =>
        this.results(await this.program(name, sized, whole), { microBatch, ...numbers }),
    });
  }

  /** Runs a program and copies its results to the host. */
  private async results({ program, executable }: Loaded, given: Given): Promise<Map<string, Tensor>> {
    await this.placed;
    return readAll(this.engine, await executable.run(this.inputs(program, given)));
  }

  /** Runs a program whose outputs replace tensors of `slots`, and reads its losses and the gradient norm. */
  private async advance({ program, executable }: Loaded, slots: Slots, given: Given): Promise<Submitted> {
    await this.placed;
    const inputs = this.inputs(program, given);
    return submitted(this.numbers(await slots.advance(program.graph, (into) => executable.run(inputs, into))));
  }

  /**
   * Denominators over the whole optimizer batch, of which each rank contributes its share. With `mean: micro_batch` each
   * micro-batch has its own, and all have equal weight.
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

  private async program(name: TrainingProgram, microBatch: MicroBatch | null, whole?: Tensors): Promise<Loaded> {
    const items = this.stage.micro / this.ranks;
    const sizes = sizesOf(this.stage, microBatch ?? { tensors: new Map(), items }, whole);
    return this.loaded.load(name, await this.shared(sizes), (each) => trainingPrograms[name](this.stage, each));
  }

  /** All ranks run the same program: the smallest sizes that fit each of them. */
  private async shared(sizes: Sizes): Promise<Sizes> {
    const { ranks } = this.engine;
    if (ranks === undefined) return sizes;
    const fitting = withNumbers(sizes, await largest(ranks, sizeNumbers(sizes)));
    return { ...fitting, ranks: ranks.ranks, shards: this.shards !== null };
  }

  private inputs(program: Program, { microBatch, microBatches, scalars, labels, whole }: Given): Map<string, Handle> {
    const inputs = new Map<string, Handle>();
    for (const { name } of program.graph.inputs) {
      const handle = this.resident(name);
      if (handle !== undefined) inputs.set(name, handle);
    }
    const { tensors, missing } = feed(program, {
      batch: this.withRank(microBatch === null ? new Map<string, Tensor>() : this.withOwn(microBatch)),
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

  /** The tensors of a rank's share, with the positions of its samples within the micro-batch of all ranks. */
  private withOwn({ tensors, numbers: [first = 0, ...more] }: MicroBatch): Tensors {
    if (this.ranks === 1) return tensors;
    const start = first - (first % this.stage.micro);
    const own = Int32Array.of(first, ...more).map((number) => number - start);
    return new Map([...tensors, [inputs.own, int32([own.length], own)]]);
  }

  private withRank(tensors: Tensors): Tensors {
    if (this.shards === null) return tensors;
    return new Map([...tensors, [inputs.rank, int32([1], Int32Array.of(this.shards.rank))]]);
  }

  /**
   * Kept on the engine between runs: parameters, optimizer state, accumulated gradients (`grad.X`), a micro-batch's (`more.X`).
   */
  private resident(name: string): Handle | undefined {
    if (name.startsWith(prefixes.gradient)) return this.sums.get(name.slice(prefixes.gradient.length));
    if (name.startsWith(prefixes.summand)) return this.microBatchGradients.get(name.slice(prefixes.summand.length));
    return this.tensors.get(name);
  }

  private async numbers(results: Handles): Promise<StepResult> {
    const losses = new Map<string, number>();
    let gradientNorm: number | null = null;
    // All are requested before any is awaited: the next run overwrites them.
    const read = await Promise.all([...results.values()].map((handle) => this.engine.read(handle)));
    for (const [i, name] of [...results.keys()].entries()) {
      const value = read[i]?.data[0] ?? Number.NaN;
      if (name.startsWith(prefixes.loss)) losses.set(name.slice(prefixes.loss.length), value);
      else if (name === "gradient_norm") gradientNorm = value;
    }
    return { losses, gradientNorm };
  }

  /**
   * Parameters and optimizer state, copied to the host. If the state is sharded, all processes read together, and each then has
   * all of it.
   */
  async read(): Promise<{ parameters: Map<string, Tensor>; state: Map<string, Tensor> }> {
    const all = new Map<string, Tensor>();
    await this.eachWhole(async (name, handle) => void all.set(name, await this.engine.read(handle)));
    const ofOptimizer = ([name]: readonly [string, Tensor]): boolean => isState(this.stage.optimizer, name);
    return {
      parameters: new Map([...all].filter((entry) => !ofOptimizer(entry))),
      state: new Map([...all].filter(ofOptimizer)),
    };
  }

  /** Takes part in gathering the optimizer's state on a process that reads it. */
  async lend(): Promise<void> {
    if (this.shards !== null) await this.eachWhole(async () => undefined);
  }

  /** One tensor at a time, so that at most one sharded tensor is gathered in full. */
  private async eachWhole(use: (name: string, handle: Handle) => Promise<void>): Promise<void> {
    await this.placed;
    for (const [name, handle] of this.tensors.handles()) {
      if (this.shards === null) await use(name, handle);
      else await this.shards.whole(name, handle, (whole) => use(name, whole));
    }
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
