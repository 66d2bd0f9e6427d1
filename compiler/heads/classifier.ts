// Common parts of classifiers, their hidden layer and their outputs: parameters, cost and graph.
import { affine, indices, named, type BuildContext } from "../build/context.js";
import type { Value } from "../ir/graph.js";
import { gelu, layerNorm, linear } from "../ops/composite.js";
import { add, scale, sub } from "../ops/elementwise.js";
import { fill } from "../ops/structure.js";
import { inputs } from "../spec/inputs.js";
import { bert, linear as linearTensors, norm, type ParameterSpec, type Role } from "../spec/parameter.js";
import type { HeadSpec, ModelSpec } from "../spec/spec.js";
import type { HeadResult } from "./head.js";
import { classified, meanOf, perItem, spreadCrossEntropy } from "./parts.js";

interface ClassifierSize {
  /** Width of the features that it reads. */
  readonly input: number;
  /** Width of the hidden layer, or null for a single linear layer. */
  readonly hidden: number | null;
  readonly classes: number;
}

/** Parameters of one or two linear layers and the norm between them; [out, in] as in PyTorch. */
export function classifierTensors(
  model: ModelSpec,
  { input, hidden, classes }: ClassifierSize,
  { prefix, role }: { prefix: string; role: Role },
): ParameterSpec[] {
  const initial = bert(model);
  if (hidden === null) return linearTensors(`${prefix}.fc2`, [classes, input], role, initial);
  const [weight, bias] = norm(`${prefix}.norm`, hidden, role);
  return [
    ...linearTensors(`${prefix}.fc1`, [hidden, input], role, initial),
    // A LayerNorm whose name in the original, `classifier.1.weight`, is not in its list of parameters without weight decay.
    { ...weight, decay: { by_role: false, original: true } },
    bias,
    ...linearTensors(`${prefix}.fc2`, [classes, hidden], role, initial),
  ];
}

/** FLOPs per sample, a multiply-add counted as two. */
export function classifierFlops({ input, hidden, classes }: ClassifierSize): number {
  return hidden === null ? 2 * input * classes : 2 * hidden * (input + classes);
}

/** A loss with label smoothing. */
interface Smoothed {
  readonly labelSmoothing: number;
}

type Classifier = HeadSpec & { hidden: number | null; normEps: number; classes: number };

/** Activation elements saved per sample for the backward pass: mostly the logits. */
export function classifierElements({ width }: ModelSpec, { hidden, classes }: Classifier, rows: number): number {
  return rows * 3 * width + 4 * (hidden ?? 0) + classes;
}

/** Linear → LayerNorm → GELU → Linear, or one Linear where `hidden` is null (the original's modules/vlmo_module.py). */
export function classifier(context: BuildContext, head: Classifier, x: Value): Value {
  const prefix = `heads.${head.parametersOf}`;
  const out = affine(context, `${prefix}.fc2`);
  if (head.hidden === null) return linear(x, out.weight, out.bias);
  const { weight, bias } = affine(context, `${prefix}.fc1`);
  const hidden = gelu(layerNorm(linear(x, weight, bias), affine(context, `${prefix}.norm`), head.normEps));
  return linear(hidden, out.weight, out.bias);
}

/** The loss of logits [B, C] against the label of each sample: (1 - ε)·cross-entropy + ε·its mean over all classes. */
export function labelled(context: BuildContext, head: HeadSpec & Smoothed, logits: Value): HeadResult {
  const { loss, correct } = classified(logits, labelsOf(context, inputs.label, logits));
  const mixed = context.training && context.stage.mix.length > 0 ? mixedLoss(context, logits) : loss;
  const { labelSmoothing: share } = head;
  const smoothed = share === 0 ? mixed : add(scale(mixed, 1 - share), scale(spreadCrossEntropy(logits), share));
  return {
    loss: meanOf(context, head, smoothed, perItem),
    outputs: new Map([["logits", logits]]),
    sums: new Map([["correct", correct]]),
  };
}

function labelsOf(context: BuildContext, name: string, logits: Value): Value {
  const [batch = 0, classes = 0] = logits.type.shape;
  return indices(context, name, [batch], { least: 0, most: classes - 1, what: "labels" });
}

/** For mixed images: λ·cross-entropy with the label of the first image + (1 - λ)·that with the label of the second. */
function mixedLoss(context: BuildContext, logits: Value): Value {
  const [batch = 0] = logits.type.shape;
  const share = named(context, inputs.labelShare, "batch", { dtype: "float32", shape: [batch] });
  const first = labelsOf(context, inputs.label, logits);
  const second = labelsOf(context, inputs.secondLabel, logits);
  return add(classified(logits, first, share).loss, classified(logits, second, sub(fill(1), share)).loss);
}
