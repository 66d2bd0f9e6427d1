// `test "title" { train vision for 20 steps; loss.last < loss.first }`: statements checked in order, each against what
// the statements above it have trained and evaluated.
import {
  pathText,
  spanText,
  type Expression,
  type Name,
  type Statement,
  type TestDeclaration,
} from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { holdsUnread } from "../../resolve/unread.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { lookUp, scopeOf } from "../../resolve/modules.js";
import type { Declared, Module } from "../../resolve/module.js";
import type { EvaluationSpec } from "../../spec/spec.js";
import type { TestSpec, TestStep, TrainStep } from "../../spec/tests.js";
import type { Context } from "../context.js";
import { allDoubts, doubting, type Doubts } from "../doubts.js";
import { unknownModel } from "../model/model.js";
import { readMeasure, readSeries, type TestState } from "./measures.js";
import { readComparison, readTolerance } from "./comparison.js";
import { parametersIn } from "../../spec/parameter-list.js";
import { select, fieldOf, type Field } from "../stage/selectors.js";
import type { Parts } from "../stage/result.js";
import { checkTrain, stepsOf } from "./test-training.js";

/** Everything that a test may name. */
export interface TestParts extends Parts {
  readonly evaluations: (declared: Declared) => EvaluationSpec | null;
}

/** The valid tests of a file; mistakes in the others are reported. */
export function checkTests(module: Module, parts: TestParts, context: Context): TestSpec[] {
  checkTitles(module, context);
  return module.file.declarations.flatMap((declaration) => {
    if (declaration.kind !== "test") return [];
    const test = new TestReader(module, parts, context).read(declaration);
    return test === null ? [] : [test];
  });
}

/** Titles must be unique: they identify a block on the command line and in the file of traces. */
function checkTitles(module: Module, { report }: Context): void {
  const seen = new Map<string, TestDeclaration["title"]>();
  for (const node of module.file.declarations) {
    if (node.kind !== "expect" && node.kind !== "test") continue;
    const before = seen.get(node.title.value);
    const asserts = node.kind === "expect" ? node.comparisons : node.statements.filter(isAssertion);
    if (asserts.length === 0 && !holdsUnread(module.unread, node.span))
      report(diagnose("V611", node.title.span, { what: node.kind, title: spanText(node.title.span) }));
    if (before === undefined) seen.set(node.title.value, node.title);
    else {
      const related = [{ span: before.span, message: "first here" }];
      report(diagnose("V610", node.title.span, { title: spanText(node.title.span) }, { related }));
    }
  }
}

function isAssertion({ kind }: Statement): boolean {
  return kind === "comparison" || kind === "claim" || kind === "trace";
}

/** The parts of the stage trained last, for claims about them. */
interface Trained {
  readonly field: Field;
  /** Which parts of it are stand-ins. */
  readonly doubts: Doubts;
}

/** Reads one test, and keeps track of what was trained and evaluated so far. */
class TestReader {
  private readonly trained: TrainStep[] = [];
  private state: TestState = { training: null, evaluation: null };
  private last: Trained | null = null;
  /** Whether a `train` was wrong, so that it is unknown what would have been trained. */
  private isUnsure = false;

  constructor(
    private readonly module: Module,
    private readonly parts: TestParts,
    private readonly context: Context,
  ) {}

  read(declaration: TestDeclaration): TestSpec | null {
    const steps = declaration.statements.map((statement) => this.step(statement));
    const right = steps.filter((step) => step !== null);
    if (right.length !== steps.length) return null;
    return { title: declaration.title.value, steps: right, span: declaration.title.span };
  }

  private step(statement: Statement): TestStep | null {
    if (statement.kind === "train") return this.train(statement);
    if (statement.kind === "evaluate_statement") return this.evaluate(statement);
    if (statement.kind === "claim") return this.claim(statement);
    return statement.kind === "trace" ? this.trace(statement) : this.compare(statement);
  }

  private node(expression: Expression): ValueNode {
    return { kind: "value", expression, origin: scopeOf(this.module), key: expression.span };
  }

  private train(statement: Extract<Statement, { kind: "train" }>): TestStep | null {
    const origin = scopeOf(this.module);
    const step = checkTrain(statement, { origin, parts: this.parts, trained: this.trained }, this.context);
    this.state = { training: "unknown", evaluation: null };
    this.last = this.partsOf(statement.stage);
    if (step === null) this.isUnsure = true;
    else {
      this.trained.push(step);
      this.state = { training: { stage: step.stage, steps: stepsOf(step) }, evaluation: null };
    }
    return step;
  }

  private partsOf(name: Name): Trained {
    const declared = lookUp(this.module, name.text);
    const result = declared?.kind === "stage" ? this.parts.stages(declared) : null;
    if (result !== null) {
      const { name: stage, model, heads } = result.spec;
      return { field: fieldOf(stage, model, heads), doubts: result.doubts };
    }
    const { spec } = unknownModel(name, scopeOf(this.module), this.context);
    return { field: fieldOf(name.text, spec, []), doubts: allDoubts() };
  }

  private evaluate({ name, span }: Extract<Statement, { kind: "evaluate_statement" }>): TestStep | null {
    const declared = this.context.find(scopeOf(this.module), name, ["evaluate"]);
    const evaluation = declared === undefined ? null : this.parts.evaluations(declared);
    this.state = { ...this.state, evaluation: evaluation ?? "unknown" };
    if (evaluation === null || this.isUnsure) return null;
    if (this.trained.some(({ stage }) => stage.name === evaluation.stage))
      return { kind: "evaluate", evaluation, span };
    const related = [{ span: evaluation.span, message: `uses \`${evaluation.stage}\`` }];
    const help = `write \`train ${evaluation.stage} for … steps\` above it`;
    const holes = { evaluation: evaluation.name, stage: evaluation.stage };
    this.context.report(diagnose("V612", span, holes, { related, help }));
    return null;
  }

  private claim({ word, call, span }: Extract<Statement, { kind: "claim" }>): TestStep | null {
    const { last } = this;
    if (last === null) {
      const help = "write `train STAGE for N steps` above it";
      this.context.report(diagnose("V605", span, { what: spanText(span), before: "train" }, { help }));
      return null;
    }
    const named = call.args.find(({ name }) => name !== undefined);
    if (named !== undefined || call.args.length === 0) {
      const holes = { key: word, wanted: "parts such as `attention, experts.vision`" };
      const found = named === undefined ? "empty" : "a named argument";
      this.context.report(diagnose("V204", named?.span ?? call.span, { ...holes, found }));
      return null;
    }
    const context = doubting(this.context, last.doubts);
    const sets = call.args.map(({ value }) => select(this.node(value), last.field, context));
    if (sets.includes(null)) return null;
    const names = sets.flatMap((set) => parametersIn(set ?? [])).map(({ name }) => name);
    return { kind: "claim", word, parameters: new Set(names), span };
  }

  private trace({ series, by, span }: Extract<Statement, { kind: "trace" }>): TestStep | null {
    const read = readSeries(series, this.state, this.context);
    const reader = { label: "trace", node: (expression: Expression) => this.node(expression) };
    const tolerance = readTolerance(by, "none", reader, this.context);
    if (read === null || tolerance === null) return null;
    if (read.rest.length === 0 && read.last.layers === undefined)
      return { kind: "trace", series: read.series, tolerance, span };
    const holes = { key: "trace", wanted: "a whole series such as `loss`", found: `\`${pathText(series)}\`` };
    this.context.report(diagnose("V204", series.span, holes));
    return null;
  }

  private compare(statement: Extract<Statement, { kind: "comparison" }>): TestStep | null {
    const above = this.state;
    const reader = {
      label: "test",
      node: (expression: Expression) => this.node(expression),
      leaf: (node: ValueNode) => readMeasure(node, above, this.context),
    };
    const comparison = readComparison(statement, reader, this.context);
    return comparison === null ? null : { kind: "compare", comparison, span: statement.span };
  }
}
