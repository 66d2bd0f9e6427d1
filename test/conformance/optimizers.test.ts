// Every optimizer against its formula, elementwise in plain arithmetic, over several steps on every engine; and vectors
// updated together against the same vectors updated alone.
import { afterAll, beforeAll, describe, test } from "vitest";
import {
  checkSpec,
  createGraph,
  stateNames,
  stepScalars,
  input,
  type Graph,
  type OptimizerSpec,
  type Value,
} from "../../compiler/index.js";
import { optimizerStep } from "../../compiler/build/optimizer.js";
import type { Input } from "../../compiler/ir/graph.js";
import { optimizerRuleOf, type OptimizerKind } from "../../compiler/optimizers/index.js";
import { example, exampleFiles } from "../../compiler/codes/example.js";
import type { Engine } from "../../runtime/engines/index.js";
import { createReference } from "../../runtime/engines/reference.js";
import { float32, type Tensor } from "../../runtime/tensor.js";
import { drawFrom } from "../support/draw.js";
import { evaluate, expectClose } from "../support/evaluate.js";
import { conforming } from "./engines.js";

const shapes = { matrix: [3, 4], bias: [4], gain: [5], zero: [3], still: [2] } as const;
type Name = keyof typeof shapes;
const names = Object.keys(shapes) as Name[]; // typed by the table
const attributes = (name: Name) => ({ weightDecay: name === "matrix" ? 0.125 : 0, factor: name === "matrix" ? 3 : 1 });

/** A step in plain arithmetic: `p` and the state of one tensor (changed in place), its gradient, rate, decay and step. */
type Formula = (tensor: {
  readonly p: number[];
  readonly g: readonly number[];
  readonly state: number[][];
  readonly lr: number;
  readonly decay: number;
  readonly t: number;
}) => void;

interface Row {
  readonly call: string;
  readonly formula: Formula;
}

const norm = (values: readonly number[]): number => Math.hypot(...values);
const get = (values: readonly number[] | undefined, i: number): number => values?.[i] ?? Number.NaN;

const momentum =
  (factor: number, nesterov: boolean): Formula =>
  ({ p, g, state: [buffer = []], lr, decay, t }) => {
    for (const i of p.keys()) {
      const d = get(g, i) + decay * get(p, i);
      // PyTorch initialises the momentum buffer with the first gradient.
      buffer[i] = t === 1 ? d : factor * get(buffer, i) + d;
      p[i] = get(p, i) - lr * (nesterov ? d + factor * get(buffer, i) : get(buffer, i));
    }
  };

/** Adam's bias-corrected step; updates both moments. */
function adam(
  { p, g, state: [m = [], v = []], t }: Parameters<Formula>[0],
  b1: number,
  b2: number,
  eps: number,
): number[] {
  return p.map((_, i) => {
    m[i] = b1 * get(m, i) + (1 - b1) * get(g, i);
    v[i] = b2 * get(v, i) + (1 - b2) * get(g, i) ** 2;
    return get(m, i) / (1 - b1 ** t) / (Math.sqrt(get(v, i) / (1 - b2 ** t)) + eps);
  });
}

const rows: { readonly [Kind in OptimizerKind]: readonly Row[] } = {
  adamw: [
    {
      call: "adamw(lr: 1e-2, betas: [0.875, 0.9375], eps: 0.0625)",
      formula: (tensor) => {
        const step = adam(tensor, 0.875, 0.9375, 0.0625);
        const { p, lr, decay } = tensor;
        for (const i of p.keys()) p[i] = get(p, i) * (1 - lr * decay) - lr * get(step, i);
      },
    },
  ],
  sgd: [
    { call: "sgd(lr: 1e-2, momentum: 0.875)", formula: momentum(0.875, false) },
    { call: "sgd(lr: 1e-2, momentum: 0.75, nesterov: true)", formula: momentum(0.75, true) },
    { call: "sgd(lr: 1e-2, momentum: 0)", formula: momentum(0, false) },
  ],
  lion: [
    {
      call: "lion(lr: 1e-3, betas: [0.75, 0.9375])",
      formula: ({ p, g, state: [m = []], lr, decay }) => {
        for (const i of p.keys()) {
          const direction = Math.sign(0.75 * get(m, i) + 0.25 * get(g, i));
          p[i] = get(p, i) - lr * (direction + decay * get(p, i));
          m[i] = 0.9375 * get(m, i) + 0.0625 * get(g, i);
        }
      },
    },
  ],
  lamb: [
    {
      call: "lamb(lr: 1e-2, betas: [0.875, 0.9375], eps: 0.0625)",
      formula: (tensor) => {
        const { p, lr, decay } = tensor;
        const step = adam(tensor, 0.875, 0.9375, 0.0625).map((value, i) => value + decay * get(p, i));
        const [weights, change] = [norm(p), norm(step)];
        const trust = weights === 0 || change === 0 ? 1 : weights / change;
        for (const i of p.keys()) p[i] = get(p, i) - lr * trust * get(step, i);
      },
    },
  ],
};

function optimizerOf(call: string): OptimizerSpec {
  const text = example(["optimizer: adamw(lr: 1e-3)\n}\n\nevaluate", `optimizer: ${call}\n}\n\nevaluate`]);
  const { spec } = checkSpec("main.vlmo", {
    read: (path) => ({ ...exampleFiles, "main.vlmo": text })[path] ?? null,
    resolvePath: (_, to) => to.replace("./", ""),
  });
  const optimizer = spec?.stages.get("fusion")?.optimizer;
  if (optimizer === undefined) throw new Error(`${call} does not check`);
  return optimizer;
}

/** The update of all tensors in one program, vectors together if the optimizer allows it. */
function program(optimizer: OptimizerSpec, joinVectors: boolean): Graph {
  const inputs: Input[] = [];
  const declared = (name: string, shape: readonly number[]): Value => {
    const made = input(name, "state", { dtype: "float32", shape: [...shape] });
    inputs.push(made);
    return made.value;
  };
  const { state } = optimizerRuleOf(optimizer);
  const parameters = names.map((name) => ({
    name,
    parameter: declared(name, shapes[name]),
    state: state.map((part) => declared(`${part}.${name}`, shapes[name])),
    gradient: declared(`grad.${name}`, shapes[name]),
    attributes: attributes(name),
    sharded: false,
  }));
  const scalars = [...stepScalars(optimizer, 1).keys()].map((name) => [name, declared(name, [])] as const);
  const outputs = optimizerStep(parameters, { optimizer, scalars: Object.fromEntries(scalars), joinVectors });
  return createGraph("update", inputs, outputs);
}

const lr = 2 ** -6;
const steps = [1, 2, 3];

/** Gradients of a step; those of one tensor are all 0. */
function gradientsAt(step: number): Map<Name, Tensor> {
  const draw = drawFrom("gradients", String(step));
  return new Map(names.map((name) => [name, name === "still" ? zeros(shapes.still) : draw.floats(shapes[name])]));
}

function zeros(shape: readonly number[]): Tensor {
  return float32([...shape]);
}

const start = (): Map<string, Tensor> => {
  const draw = drawFrom("parameters");
  return new Map(names.map((name) => [name, name === "zero" ? zeros(shapes.zero) : draw.floats(shapes[name])]));
};

/** Parameters and state after all steps, computed by the program. */
async function trained(engine: Engine, optimizer: OptimizerSpec, joinVectors: boolean): Promise<Map<string, Tensor>> {
  const graph = program(optimizer, joinVectors);
  const held = start();
  for (const name of names) for (const state of stateNames(optimizer, name)) held.set(state, zeros(shapes[name]));
  for (const step of steps) {
    const gradients = [...gradientsAt(step)].map(([name, tensor]) => [`grad.${name}`, tensor] as const);
    const scalars = [...stepScalars(optimizer, step, lr)].map(
      ([name, value]) => [name, float32([], Float32Array.of(value))] as const,
    );
    const outputs = await evaluate(engine, graph, new Map([...held, ...gradients, ...scalars]));
    for (const [name, tensor] of outputs) held.set(name.replace(/^next\./, ""), tensor);
  }
  return held;
}

/** Parameters and state after all steps, computed by the formula. */
function worked(optimizer: OptimizerSpec, formula: Formula): Map<string, readonly number[]> {
  const parameters = new Map([...start()].map(([name, { data }]) => [name, [...data]]));
  const state = new Map(
    names.map((name) => [name, optimizerRuleOf(optimizer).state.map(() => [...zeros(shapes[name]).data])]),
  );
  for (const t of steps)
    for (const [name, { data }] of gradientsAt(t)) {
      const { weightDecay: decay, factor } = attributes(name);
      formula({ p: parameters.get(name) ?? [], g: [...data], state: state.get(name) ?? [], lr: lr * factor, decay, t });
    }
  const moments = names.flatMap((name) =>
    stateNames(optimizer, name).map((key, i) => [key, state.get(name)?.[i] ?? []] as const),
  );
  return new Map([...parameters, ...moments]);
}

// All values are representable in float32, so that only the arithmetic differs.
const double = {
  title: "reference",
  open: () => Promise.resolve(createReference()),
  tolerance: { absolute: 1e-12, relative: 1e-12 },
};

// bfloat16 rounds matmuls only, and optimizers have none.
const exact = conforming.filter(({ oracle }) => oracle === undefined);

describe.each([double, ...exact])("$title", ({ open, tolerance }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.dispose());

  test.each(Object.values(rows).flat())("$call follows its formula over three steps", async ({ call, formula }) => {
    const optimizer = optimizerOf(call);
    const wanted = worked(optimizer, formula);
    for (const joinVectors of [true, false])
      for (const [name, tensor] of await trained(engine, optimizer, joinVectors)) {
        const data = Float64Array.from(wanted.get(name) ?? []);
        expectClose({ ...tensor, data: Float64Array.from(tensor.data) }, { ...tensor, data }, tolerance);
      }
  });
});
