// Runs one `test` block: its statements in order, on an engine. Every claim is checked, so that all failures are reported.
import {
  isValueOf,
  seriesText,
  stageHandOver,
  explainFailure,
  type EvaluationSpec,
  type MeasureSpec,
  type MetricSpec,
  type SeriesSpec,
  type StageSpec,
  type TestSpec,
  type TestStep,
} from "../../compiler/index.js";
import { spanText, type Diagnostic, type Span } from "../../grammar/index.js";
import type { Tokenizer } from "../data/index.js";
import type { Engine } from "../engines/index.js";
import { evaluate } from "../evaluate/evaluate.js";
import { inspectData, notAtImages } from "../data/check/inspect.js";
import { openTokenizers, type DataShelf } from "../data/stage-data.js";
import { refuse } from "../errors/vlmo-error.js";
import type { Tensors } from "../tensor.js";
import { handedByStage } from "../train/hand-over.js";
import { nothingHanded, type Handed } from "../train/initialize.js";
import type { MetricValue, StepEvent } from "../train/listener.js";
import { testDiagnostic } from "./diagnostic.js";
import { difference, traceTitle, type TraceBook } from "./traces.js";
import { copies } from "../train/in-memory.js";
import { startOf, trainSteps, type Trained } from "./train.js";

/** The settings shared by all blocks of a file. */
export interface TestOptions {
  readonly engine: Engine;
  readonly traces: TraceBook;
  /** Whether to record traces that are missing or differ. */
  readonly update: boolean;
  readonly data: DataShelf;
}

/** The outcome of a test. `thrown`: the statement that could not be executed, and why. */
export interface TestOutcome {
  readonly failures: readonly Diagnostic[];
  readonly thrown: { readonly error: unknown; readonly span: Span } | null;
}

/** Runs a test. User mistakes are in the outcome; internal errors too, for the caller to rethrow. */
export async function runTest(test: TestSpec, options: TestOptions): Promise<TestOutcome> {
  const runner = new TestRunner(test, options);
  const failures: Diagnostic[] = [];
  for (const step of test.steps) {
    try {
      const failure = await runner.run(step);
      if (failure !== null) failures.push(failure);
    } catch (error) {
      return { failures, thrown: { error, span: step.span } };
    }
  }
  return { failures, thrown: null };
}

class TestRunner {
  private readonly trained = new Map<string, Trained>();
  private readonly metrics = new Map<MetricSpec, readonly MetricValue[]>();
  private last: Trained | null = null;
  private tokenizers: Promise<ReadonlyMap<string, Tokenizer | null>> | null = null;

  constructor(
    private readonly test: TestSpec,
    private readonly options: TestOptions,
  ) {}

  async run(step: TestStep): Promise<Diagnostic | null> {
    switch (step.kind) {
      case "train":
        await this.train(step);
        return null;
      case "evaluate":
        await this.evaluate(step.evaluation);
        return null;
      case "claim":
        return this.claim(step);
      case "trace":
        return this.trace(step);
      case "compare":
        return explainFailure(step.comparison, (leaf) => this.measure(leaf));
    }
  }

  private async train(step: Extract<TestStep, { kind: "train" }>): Promise<void> {
    const { engine, data } = this.options;
    const { stage, duration } = step;
    const models = this.readsText(stage) ? [stage.model] : [];
    refuse((await inspectData({ stages: [stage], evaluations: [], models, look: notAtImages }, data)).mistakes);
    this.last = await trainSteps({
      stage,
      duration,
      dataSet: await data.ofStage(stage),
      tokenizer: await this.tokenizerOf(stage),
      engine,
      handed: await this.handedOn(step.before, stage),
    });
    this.trained.set(stage.name, this.last);
  }

  /** The parameters that a stage takes over from a chain of predecessors: trained by this test, or newly initialised. */
  private async handedOn(chain: readonly StageSpec[], stage: StageSpec): Promise<Handed> {
    const stages = new Map([...chain, stage].map((each) => [each.name, each]));
    const handed = (taker: StageSpec, tensors: Tensors): Handed => {
      const handOver = stageHandOver(taker, { stages });
      return handOver === null ? nothingHanded : handedByStage(taker, handOver, tensors);
    };
    let tensors: Tensors = new Map();
    for (const each of chain)
      tensors = this.trained.get(each.name)?.end ?? (await startOf(each, handed(each, tensors)));
    return handed(stage, tensors);
  }

  /** Vocabularies are built from the texts of this test. */
  private async tokenizerOf(stage: StageSpec): Promise<Tokenizer | null> {
    const stages = this.test.steps.flatMap((step) =>
      step.kind === "train" && this.readsText(step.stage) ? step.stage : [],
    );
    this.tokenizers ??= openTokenizers(stages, { stages, data: this.options.data });
    return (await this.tokenizers).get(stage.name) ?? null;
  }

  private readsText(stage: StageSpec): boolean {
    const measured = this.test.steps.flatMap((step) =>
      step.kind === "evaluate" && step.evaluation.stage === stage.name ? step.evaluation.metrics : [],
    );
    const heads = stage.heads.filter(
      (head) =>
        stage.learn.some((term) => term.head.name === head.name) ||
        measured.some((metric) => metric.head === head.name),
    );
    return heads.some(({ features }) => features.some(({ view }) => view !== "image"));
  }

  private async evaluate(evaluation: EvaluationSpec): Promise<void> {
    const { engine, data } = this.options;
    const trained = this.trained.get(evaluation.stage);
    if (trained === undefined) throw new Error(`internal: the checker let an evaluation of ${evaluation.stage} pass`);
    const { stage, tokenizer, end } = trained;
    refuse(
      (await inspectData({ stages: [], evaluations: [{ evaluation, stage }], models: [], look: notAtImages }, data))
        .mistakes,
    );
    const dataSet = await data.open([evaluation.data]);
    const parameters = new Map([...copies(end)].map(([name, tensor]) => [name, engine.create(tensor)]));
    try {
      for (const metric of evaluation.metrics) {
        const only = { ...evaluation, metrics: [metric] };
        const { metrics } = await evaluate({ evaluation: only, stage, dataSet, tokenizer, engine, parameters });
        this.metrics.set(metric, metrics);
      }
    } finally {
      for (const handle of parameters.values()) engine.release(handle);
    }
  }

  /** The training that a statement refers to. */
  private get training(): Trained {
    if (this.last === null) throw new Error("internal: the checker let a statement without training pass");
    return this.last;
  }

  private claim({ word, parameters, span }: Extract<TestStep, { kind: "claim" }>): Diagnostic | null {
    const { start, end } = this.training;
    const others = [...parameters].filter((name) => isSame(start, end, name) === (word === "changed"));
    if (others.length === 0) return null;
    const more = others.length > 2 ? ", …" : "";
    const label = `${word === "changed" ? "as before" : "changed"}: ${others.slice(0, 2).join(", ")}${more}`;
    const did = word === "changed" ? "did not change" : "changed";
    const holes = { claim: spanText(span), count: others.length, all: parameters.size, did };
    return testDiagnostic("V940", holes, { span, label });
  }

  private trace({ series, tolerance, span }: Extract<TestStep, { kind: "trace" }>): Diagnostic | null {
    const { traces, update } = this.options;
    const { stage, steps } = this.training;
    const found = steps.map((event) => valueAt(event, series));
    const name = seriesText(series);
    const title = traceTitle(this.test.title, name, stage.name);
    const recorded = traces.get(title);
    const { file, unreadable } = traces;
    if (unreadable !== null) return testDiagnostic("V943", { file, ...unreadable }, { span });
    const differs = recorded === undefined ? "" : difference(found, recorded, tolerance);
    if (differs === null) return null;
    if (update) {
      traces.record(title, found);
      return null;
    }
    if (recorded === undefined) return testDiagnostic("V942", { series: name, file }, { span });
    return testDiagnostic("V941", { series: name, stage: stage.name, difference: differs }, { span });
  }

  private measure(leaf: MeasureSpec): number {
    if (leaf.kind === "series") {
      const [from, to] = leaf.steps ?? [1, Infinity];
      const values = this.training.steps.slice(from - 1, to).map((event) => valueAt(event, leaf.series));
      return takes[leaf.take](values);
    }
    const values = this.metrics.get(leaf.metric) ?? [];
    const { metric, k, from } = leaf;
    const chosen = values.filter(({ name }) => isValueOf(name, metric.name, { head: metric.head, k, from }));
    return mean(chosen.map(({ value }) => value));
  }
}

/** Whether a tensor is unchanged, bit for bit. */
function isSame(start: Tensors, end: Tensors, name: string): boolean {
  const [before, after] = [start.get(name)?.data, end.get(name)?.data];
  return before !== undefined && after !== undefined && before.every((value, i) => Object.is(value, after[i]));
}

/** The value of a series after a step; NaN where the step has none. */
function valueAt(event: StepEvent, series: SeriesSpec): number {
  switch (series.kind) {
    case "loss":
      return event.losses.get(series.head ?? "total") ?? Number.NaN;
    case "gradient_norm":
      return event.gradientNorm ?? Number.NaN;
    case "lr":
      return event.lr;
  }
}

const takes: Readonly<Record<Extract<MeasureSpec, { kind: "series" }>["take"], (values: readonly number[]) => number>> =
  {
    first: (values) => values[0] ?? Number.NaN,
    last: (values) => values.at(-1) ?? Number.NaN,
    min: (values) => Math.min(...values),
    max: (values) => Math.max(...values),
    mean,
  };

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
