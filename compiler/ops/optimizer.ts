// Optimizer updates as operations, so that a target can use its fused kernel.
import { type Value } from "../ir/graph.js";
import { sameShape } from "../ir/types.js";
import { add, div, mul, scale, sqrt, sub } from "./elementwise.js";
import { at, composite } from "./op.js";
import { fail } from "./shapes.js";
import { fill } from "./structure.js";

/** Constants of AdamW that are compiled into the program; what changes from step to step is an input. */
export type AdamwAttributes = {
  beta1: number;
  beta2: number;
  eps: number;
  weightDecay: number;
  /** Learning-rate factor of this parameter. */
  factor: number;
  /** `torch`: torch.optim.AdamW; `hf`: AdamW of transformers 4.8.1, which the original uses (its modules/vlmo_utils.py). */
  variant: "torch" | "hf";
};

/**
 * One AdamW update of one parameter. `lr` is the learning rate of this step, `correction1` = 1 - beta1ᵗ and
 * `correction2` = 1 - beta2ᵗ, all scalars; outputs are the parameter and both moments after the step.
 */
export const adamwOp = composite<AdamwAttributes>({
  name: "adamw",
  summary: "AdamW: parameter, moments, gradient, lr, 1-β₁ᵗ, 1-β₂ᵗ → parameter', moments'.",
  inputs: ["parameter", "m", "v", "gradient", "lr", "correction1", "correction2"],
  infer: ([parameter, m, v, gradient, ...scalars]) => {
    const tensors = [parameter, m, v, gradient];
    for (const type of tensors) {
      if (type === undefined || parameter === undefined || !sameShape(type.shape, parameter.shape))
        fail("adamw", "parameter, moments and gradient differ in shape");
    }
    if (scalars.length !== 3 || scalars.some((type) => type.shape.length > 0))
      fail("adamw", "lr and corrections must be scalars");
    const type = parameter ?? fail("adamw", "wants a parameter");
    return [type, type, type];
  },
  expand: (inputs, attributes) => {
    const [m, v, g] = [at(inputs, 1), at(inputs, 2), at(inputs, 3)];
    const moment = add(scale(m, attributes.beta1), scale(g, 1 - attributes.beta1));
    const second = add(scale(v, attributes.beta2), scale(mul(g, g), 1 - attributes.beta2));
    return [updated(inputs, moment, second, attributes), moment, second];
  },
  gradient: "expand",
});

// torch: p·(1 - lr·wd) - lr/c1 · m / (√v/√c2 + eps); multiplied through by √c2, so that only scalars are divided.
// hf:    p' = p - lr·√c2/c1 · m / (√v + eps), then p' - lr·wd·p'.

function updated(inputs: readonly Value[], m: Value, v: Value, attributes: AdamwAttributes): Value {
  const { eps, weightDecay, variant } = attributes;
  const lr = scale(at(inputs, 4), attributes.factor);
  const root = sqrt(at(inputs, 6));
  const stepSize = div(mul(lr, root), at(inputs, 5));
  const denominator = add(sqrt(v), variant === "torch" ? scale(root, eps) : fill(eps));
  const change = mul(div(m, denominator), stepSize);
  const keep = sub(fill(1), scale(lr, weightDecay));
  const parameter = at(inputs, 0);
  if (weightDecay === 0) return sub(parameter, change);
  return variant === "torch" ? sub(mul(parameter, keep), change) : mul(sub(parameter, change), keep);
}

/** All of one shape, except the scalars of the step. */
export interface AdamwInputs {
  readonly parameter: Value;
  readonly m: Value;
  readonly v: Value;
  readonly gradient: Value;
  readonly lr: Value;
  readonly correction1: Value;
  readonly correction2: Value;
}

/** The parameter and its moments after one step. */
export function adamw(inputs: AdamwInputs, attributes: AdamwAttributes): { parameter: Value; m: Value; v: Value } {
  const { parameter, m, v, gradient, lr, correction1, correction2 } = inputs;
  const results = adamwOp([parameter, m, v, gradient, lr, correction1, correction2], attributes);
  return { parameter: at(results, 0), m: at(results, 1), v: at(results, 2) };
}
