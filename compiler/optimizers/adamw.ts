// AdamW (Loshchilov and Hutter), as PyTorch has it and as the original's transformers 4.8.1.
import { z } from "zod";
import { adamw as update } from "../ops/optimizer.js";
import type { Value } from "../ir/graph.js";
import { choice, doc } from "../schema/fields.js";
import { list } from "../schema/lists.js";
import { real } from "../schema/numbers.js";
import { commonKeys, optimizerRule } from "./optimizer.js";

const beta = () => real({ least: 0, most: 1, open: "high" });

/** `torch` adds eps after the bias correction and decays first; `hf` does the opposite of both. */
export const adamw = optimizerRule({
  kind: "adamw",
  doc: "Adam with decoupled weight decay.",
  positional: [],
  schema: z.object({
    lr: commonKeys.lr,
    betas: doc(list(beta()).default([0.9, 0.98]), "Decay of the running mean and of the running square."),
    eps: doc(real({ least: 0, open: "low" }).default(1e-8), "Added to the root."),
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
  settings: ({ betas, eps, variant }, wrong) => {
    const [first = 0.9, second = 0.98] = betas;
    if (betas.length !== 2) wrong({ key: "betas", wanted: "two numbers", value: `${betas.length}` });
    return { betas: [first, second], eps, variant };
  },
  // The first and the second moment of the gradient.
  state: ["adam.m", "adam.v"],
  scalars: ({ betas }, step) => ({ correction1: 1 - betas[0] ** step, correction2: 1 - betas[1] ** step }),
  update: ({ betas, eps, variant }, { parameter, gradient, state, lr, scalars }, { weightDecay, factor }) => {
    const [m, v] = [known(state[0]), known(state[1])];
    const [correction1, correction2] = [known(scalars["correction1"]), known(scalars["correction2"])];
    const attributes = { beta1: betas[0], beta2: betas[1], eps, weightDecay, factor, variant };
    const next = update({ parameter, m, v, gradient, lr, correction1, correction2 }, attributes);
    return { parameter: next.parameter, state: [next.m, next.v] };
  },
});

function known(value: Value | undefined): Value {
  if (value === undefined) throw new Error("internal: adamw has two moments and two corrections");
  return value;
}
