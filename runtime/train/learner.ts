// A stage's parameters and optimizer state on an engine, and the programs that change them. Knows nothing of data sets,
// files or time.
import {
  buildAccumulate,
  buildGradient,
  buildStep,
  buildUpdate,
  isState,
  parametersOf,
  prefixes,
  stateNames,
  stepScalars,
  type Program,
  type StageSpec,
} from "../../compiler/index.js";
import type { Engine, Handle, Handles } from "../engines/index.js";
import type { MicroBatch } from "../data/index.js";
import { countOf, denominator, feed } from "../program/feed.js";
import { LoadedPrograms, type Loaded } from "../program/loaded-programs.js";
import { sizesOf } from "../program/sizes.js";
import type { Tensor, Tensors } from "../tensor.js";
import { Slots, zeros } from "../program/slots.js";

/** Numbers of one optimizer step, read from the engine. */
export interface StepResult {
  /** `total` and each head's loss, means over the optimizer batch. */
  readonly losses: ReadonlyMap<string, number>;
  /** Global norm of the gradients where the stage clips, else null. */
  readonly gradientNorm: number | null;
}

/** The inputs of a run besides parameters and state. */
interface Given {
  readonly microBatch: MicroBatch | null;
  readonly scalars: ReadonlyMap<string, number>;
  readonly labels: readonly number[];
}

type LearnerProgram = "step" | "gradient" | "update" | "accumulate";
const builders = {
  step: buildStep,
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

  constructor(
    private readonly engine: Engine,
    private readonly stage: StageSpec,
    start: { readonly parameters: Tensors; readonly state: Tensors | null },
  ) {
    this.loaded = new LoadedPrograms(engine);
    this.tensors = new Slots(engine, prefixes.next);
    this.sums = new Slots(engine, prefixes.gradient);
    this.microBatchGradients = new Slots(engine, prefixes.gradient);
    this.feeds = new Slots(engine, null);
    for (const { name, shape } of parametersOf(stage.model, stage.heads)) {
      const tensor = start.parameters.get(name);
      if (tensor === undefined) throw new Error(`internal: stage ${stage.name} starts without ${name}`);
      this.tensors.place(name, tensor);
      if (!stage.trained.has(name)) continue;
      for (const state of stateNames(stage.optimizer, name)) {
        this.tensors.place(state, start.state?.get(state) ?? zeros({ dtype: "float32", shape }));
      }
    }
  }

  /** One optimizer step over all micro-batches. `step` counts from 0; it names the noise and sets the bias corrections. */
  async step(microBatches: readonly MicroBatch[], { step, lr }: { step: number; lr: number }): Promise<StepResult> {
    const scalars = stepScalars(this.stage.optimizer, step + 1, lr);
    const [only, second] = microBatches;
    if (only === undefined) throw new Error("internal: a step without a batch");
    return second === undefined ? this.fused(only, scalars, step) : this.accumulated(microBatches, scalars, step);
  }

  private async fused(microBatch: MicroBatch, scalars: Given["scalars"], step: number): Promise<StepResult> {
    const loaded = await this.program("step", microBatch);
    return this.advance(loaded, this.tensors, { microBatch, scalars, labels: [step] });
  }

  private async accumulated(
    microBatches: readonly MicroBatch[],
    scalars: Given["scalars"],
    step: number,
  ): Promise<StepResult> {
    const losses = new Map<string, number>();
    for (const [i, microBatch] of microBatches.entries()) {
      const loaded = await this.program("gradient", microBatch);
      const counts = this.counts(loaded.program, microBatches, microBatch);
      const given = { microBatch, scalars: new Map([...scalars, ...counts]), labels: [step] };
      const results = await this.advance(loaded, i === 0 ? this.sums : this.microBatchGradients, given);
      for (const [name, loss] of results.losses) losses.set(name, (losses.get(name) ?? 0) + loss);
      if (i > 0)
        await this.advance(await this.program("accumulate", null), this.sums, {
          microBatch: null,
          scalars,
          labels: [],
        });
    }
    const update = await this.program("update", null);
    const { gradientNorm } = await this.advance(update, this.tensors, { microBatch: null, scalars, labels: [] });
    return { losses, gradientNorm };
  }

  /** Runs a program whose results go to `slots`; returns its losses and norms. */
  private async advance({ program, executable }: Loaded, slots: Slots, given: Given): Promise<StepResult> {
    const inputs = this.inputs(program, given);
    return this.numbers(await slots.advance(program.graph, (into) => executable.run(inputs, into)));
  }

  /** Counts of the whole optimizer batch; under `mean: micro_batch` each micro-batch counts for itself, and for an equal share. */
  private counts(program: Program, microBatches: readonly MicroBatch[], own: MicroBatch): Map<string, number> {
    return new Map(
      [...program.counts].map(([name, count]) => {
        const of = (microBatch: MicroBatch): number => countOf(count, microBatch.tensors, microBatch.items);
        const all =
          this.stage.mean === "micro_batch"
            ? of(own) * microBatches.length
            : microBatches.reduce((sum, microBatch) => sum + of(microBatch), 0);
        return [name, denominator(all)];
      }),
    );
  }

  private async program(name: LearnerProgram, microBatch: MicroBatch | null): Promise<Loaded> {
    const sizes = sizesOf(this.stage, microBatch ?? { tensors: new Map(), items: this.stage.micro });
    return this.loaded.load(name, sizes, (each) => builders[name](this.stage, each));
  }

  private inputs(program: Program, { microBatch, scalars, labels }: Given): Map<string, Handle> {
    const inputs = new Map<string, Handle>();
    for (const { name } of program.graph.inputs) {
      const handle = this.resident(name);
      if (handle !== undefined) inputs.set(name, handle);
    }
    const { tensors, missing } = feed(program, {
      batch: microBatch?.tensors ?? new Map<string, Tensor>(),
      items: microBatch?.items ?? 0,
      scalars,
      noise: { seed: this.stage.seed, labels: ["noise", this.stage.name, ...labels], first: microBatch?.first ?? 0 },
    });
    if (missing.length > 0)
      throw new Error(`internal: nothing supplies ${missing.map((entry) => entry.name).join(", ")}`);
    for (const [name, tensor] of tensors) inputs.set(name, this.feeds.write(`${name} ${tensor.shape.join()}`, tensor));
    return inputs;
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
    const all = [...(await this.tensors.read())];
    const ofOptimizer = ([name]: readonly [string, Tensor]): boolean => isState(this.stage.optimizer, name);
    return {
      parameters: new Map(all.filter((entry) => !ofOptimizer(entry))),
      state: new Map(all.filter(ofOptimizer)),
    };
  }

  /** Parameters as they are on the engine, for evaluation between steps. */
  handles(): Handles {
    return this.tensors.handles();
  }

  dispose(): void {
    this.loaded.dispose();
    for (const slots of [this.tensors, this.sums, this.microBatchGradients, this.feeds]) slots.dispose();
  }
}
