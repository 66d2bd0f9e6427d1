// Lion (Chen et al. 2023, arXiv:2302.06675, algorithm 2): a sign update, in which every weight moves by the learning
// rate, however large its gradient.
import { z } from "zod";
import type { Value } from "../ir/graph.js";
import { add, greater, mul, scale, sub } from "../ops/elementwise.js";
import { fill } from "../ops/structure.js";
import { betas, commonKeys, known, optimizerRule, pair } from "./optimizer.js";

/**
 * One running mean; weight decay is decoupled as in AdamW, but should be some ten times larger than there, and the
 * learning rate as much smaller.
 */
export const lion = optimizerRule({
  doc: "Updates by the sign of the averaged gradient.",
  positional: [],
  schema: z.object({
    lr: commonKeys.lr,
    betas: betas(0.9, 0.99, "Weight of the running mean in the update, and its decay."),
    weight_decay: commonKeys.weight_decay,
    decay: commonKeys.decay,
    clip: commonKeys.clip,
    factors: commonKeys.factors,
    layer_decay: commonKeys.layer_decay,
  }),
  settings: ({ betas }, wrong) => ({ betas: pair(betas, wrong) }),
  state: ["lion.m"],
  elementwise: true,
  scalars: () => ({}),
  update: ({ betas: [inStep, ofMean] }, { parameter, gradient, state, lr }, { weightDecay, factor }) => {
    const m = known(state[0]);
    const direction = sign(add(scale(m, inStep), scale(gradient, 1 - inStep)));
    const change = weightDecay === 0 ? direction : add(direction, scale(parameter, weightDecay));
    const mean = add(scale(m, ofMean), scale(gradient, 1 - ofMean));
    return { parameter: sub(parameter, mul(change, scale(lr, factor))), state: [mean] };
  },
});

function sign(x: Value): Value {
  return sub(greater(x, fill(0)), greater(fill(0), x));
}
