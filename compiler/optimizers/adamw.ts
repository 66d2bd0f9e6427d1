// AdamW (Loshchilov and Hutter), in the variants of PyTorch and of transformers 4.8.1, which the original uses.
import { z } from "zod";
import { adamw as update } from "../ops/optimizer.js";
import { choice, doc } from "../schema/fields.js";
import { real } from "../schema/numbers.js";
import { betas, commonKeys, known, optimizerRule, pair } from "./optimizer.js";

/** `torch` adds eps after the bias correction and applies weight decay first; `hf` does the opposite of both. */
export const adamw = optimizerRule({
  doc: "Adam with decoupled weight decay.",
  positional: [],
  schema: z.object({
    lr: commonKeys.lr,
    betas: betas(0.9, 0.98),
    eps: doc(real({ least: 0, open: "low" }).default(1e-8), "Epsilon, added to the square root."),
    weight_decay: commonKeys.weight_decay,
    variant: doc(
      choice("torch", "hf").default("torch"),
      "`torch`: decay before the update. `hf`: transformers 4.8.1, decay after it, as the original.",
    ),
    decay: commonKeys.decay,
    clip: commonKeys.clip,
    factors: commonKeys.factors,
    layer_decay: commonKeys.layer_decay,
  }),
  settings: ({ betas, eps, variant }, wrong) => ({ betas: pair(betas, wrong), eps, variant }),
  // The first and second moments of the gradient.
  state: ["adam.m", "adam.v"],
  elementwise: true,
  scalars: ({ betas }, step) => ({ correction1: 1 - betas[0] ** step, correction2: 1 - betas[1] ** step }),
  update: ({ betas, eps, variant }, { parameter, gradient, state, lr, scalars }, { weightDecay, factor }) => {
    const [m, v] = [known(state[0]), known(state[1])];
    const [correction1, correction2] = [known(scalars["correction1"]), known(scalars["correction2"])];
    const attributes = { beta1: betas[0], beta2: betas[1], eps, weightDecay, factor, variant };
    const next = update({ parameter, m, v, gradient, lr, correction1, correction2 }, attributes);
    return { parameter: next.parameter, state: [next.m, next.v] };
  },
});
