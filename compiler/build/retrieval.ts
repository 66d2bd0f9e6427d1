// Retrieval: vectors of one side of a contrast or of a feature, scores of blocks of vectors, and the verdict of a
// matching head on a pair.
import { createGraph, input, type Graph } from "../ir/graph.js";
import { ruleOf } from "../heads/index.js";
import { matmul } from "../ops/linear.js";
import { reshape, slice } from "../ops/structure.js";
import { scoresOutput } from "../spec/inputs.js";
import type { FeatureSpec, HeadSpec, Modality, StageSpec } from "../spec/spec.js";
import type { Sizes } from "./context.js";
import { createContext, finishForward } from "./parts.js";
import type { Program } from "./program.js";
import { featureOf } from "./trunk.js";

/** The side that a vector encodes, as it is or run through the pair experts. */
export type VectorName = Modality | `fused_${Modality}`;

/** The contrast's vectors of images or of texts alone: `vector` [B, D]. */
export function buildVector(stage: StageSpec, sizes: Sizes, head: HeadSpec, side: VectorName): Program {
  const context = createContext(stage, sizes, { training: false });
  const vector = ruleOf(head).vectors?.(context, head).get(side);
  if (vector === undefined) throw new Error(`internal: the head ${head.name} has no vector of the ${side}`);
  return finishForward(context, side, new Map([["vector", vector]]));
}

/** A feature with one vector per sample, as the trunk computes it: `vector` [B, D]. */
export function buildFeature(stage: StageSpec, sizes: Sizes, feature: FeatureSpec): Program {
  const context = createContext(stage, sizes, { training: false });
  const name = `${feature.view}.${feature.part}`;
  return finishForward(context, name, new Map([["vector", featureOf(context, feature)]]));
}

/**
 * The logit that each text of a batch matches its image, for re-ranking (`compute_irtr_recall_with_rerank` in the
 * original): `judgement` [B].
 */
export function buildJudgement(stage: StageSpec, sizes: Sizes, head: HeadSpec): Program {
  const context = createContext(stage, sizes, { training: false });
  const logits = ruleOf(head).judges?.(context, head);
  if (logits === undefined) throw new Error(`internal: the head ${head.name} does not judge pairs`);
  const judgement = reshape(slice(logits, 1, 1, 2), [sizes.batch]);
  return finishForward(context, "judgement", new Map([["judgement", judgement]]));
}

/** Dot products `scores` [N, M] of `images` [N, D] and `texts` [M, D]. */
export function scoresGraph([images, texts]: readonly [number, number], width: number): Graph {
  const [rows, columns] = [
    input("images", "batch", { dtype: "float32", shape: [images, width] }),
    input("texts", "batch", { dtype: "float32", shape: [texts, width] }),
  ];
  const scores = matmul(rows.value, columns.value, { transB: true });
  return createGraph("scores", [rows, columns], new Map([[scoresOutput, scores]]));
}
