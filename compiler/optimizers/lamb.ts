// LAMB (You et al. 2020, arXiv:1904.00962, algorithm 2): Adam's update, rescaled for each tensor in proportion to the
// tensor's norm.
import { z } from "zod";
import type { Value } from "../ir/graph.js";
import { add, div, equal, mul, scale, select, sqrt, sub } from "../ops/elementwise.js";
import { fill } from "../ops/structure.js";
import { doc } from "../schema/fields.js";
import { real } from "../schema/numbers.js";
import { betas, commonKeys, known, optimizerRule, pair, type UpdateInputs } from "./optimizer.js";

/** A tensor's update is multiplied by the trust ratio |parameter| / |update|, or by 1 if either norm is 0. */
export const lamb = optimizerRule({
  doc: "Adam for large batches: the update of a tensor is scaled to its norm.",
  positional: [],
  schema: z.object({
    lr: commonKeys.lr,
    betas: betas(0.9, 0.999),
    eps: doc(real({ least: 0, open: "low" }).default(1e-6), "Epsilon, added to the square root."),
    weight_decay: commonKeys.weight_decay,
    decay: commonKeys.decay,
    clip: commonKeys.clip,
    factors: commonKeys.factors,
    layer_decay: commonKeys.layer_decay,
  }),
  settings: ({ betas, eps }, wrong) => ({ betas: pair(betas, wrong), eps }),
  state: ["lamb.m", "lamb.v"],
  elementwise: false,
  scalars: ({ betas }, step) => ({ correction1: 1 - betas[0] ** step, correction2: 1 - betas[1] ** step }),
  update: ({ betas: [first, second], eps }, given, { weightDecay, factor }) => {
    const { parameter, gradient, state, lr, scalars, sumOf } = given;
    const m = add(scale(known(state[0]), first), scale(gradient, 1 - first));
    const v = add(scale(known(state[1]), second), scale(mul(gradient, gradient), 1 - second));
    const [mean, square] = [div(m, known(scalars["correction1"])), div(v, known(scalars["correction2"]))];
    const adam = div(mean, add(sqrt(square), fill(eps)));
    const step = weightDecay === 0 ? adam : add(adam, scale(parameter, weightDecay));
    return {
      parameter: sub(parameter, mul(step, mul(scale(lr, factor), trust(parameter, step, sumOf)))),
      state: [m, v],
    };
  },
});

function trust(parameter: Value, step: Value, sumOf: UpdateInputs["sumOf"]): Value {
  const norm = (x: Value): Value => sqrt(sumOf(mul(x, x)));
  const [weights, change] = [norm(parameter), norm(step)];
  const none = equal(mul(weights, change), fill(0));
  return select(none, fill(1), div(weights, add(change, none)));
}
