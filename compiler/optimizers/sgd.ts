// Stochastic gradient descent with momentum, as in PyTorch: weight decay is added to the gradient, momentum has no dampening.
import { z } from "zod";
import { add, mul, scale, sub } from "../ops/elementwise.js";
import { doc, flag } from "../schema/fields.js";
import { real } from "../schema/numbers.js";
import { commonKeys, known, optimizerRule } from "./optimizer.js";

/** buffer' = momentum · buffer + gradient, then a step of lr along it; with `nesterov` along gradient + momentum · buffer'. */
export const sgd = optimizerRule({
  doc: "Stochastic gradient descent with momentum.",
  positional: [],
  schema: z.object({
    lr: commonKeys.lr,
    momentum: doc(
      real({ least: 0, most: 1, open: "high" }).default(0.9),
      "Momentum: decay of the running sum of gradients.",
    ),
    nesterov: doc(flag().default(false), "Nesterov momentum."),
    weight_decay: doc(real().default(0), "Weight decay, added to the gradient."),
    decay: commonKeys.decay,
    clip: commonKeys.clip,
    factors: commonKeys.factors,
    layer_decay: commonKeys.layer_decay,
  }),
  settings: ({ momentum, nesterov }, wrong) => {
    if (nesterov && momentum === 0) wrong({ key: "momentum", wanted: "above 0 with `nesterov: true`", value: "0" });
    return { momentum, nesterov };
  },
  state: ["sgd.momentum"],
  elementwise: true,
  scalars: () => ({}),
  update: ({ momentum, nesterov }, { parameter, gradient, state, lr }, { weightDecay, factor }) => {
    const decayed = weightDecay === 0 ? gradient : add(gradient, scale(parameter, weightDecay));
    const buffer = add(scale(known(state[0]), momentum), decayed);
    const direction = nesterov ? add(decayed, scale(buffer, momentum)) : buffer;
    return { parameter: sub(parameter, mul(direction, scale(lr, factor))), state: [buffer] };
  },
});
