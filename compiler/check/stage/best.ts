// `best: recall(1)`: the metric by which a stage keeps its best checkpoint, which one of its evaluations must measure.
import { spanText } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import type { BestSpec, EvaluationSpec, StageSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { readMetricName } from "../claims/measures.js";

/** Reads `best`; null if it is left out, or wrong, which is reported. */
export function readBest(node: ValueNode | undefined, context: Context): BestSpec | null {
  const asked = node === undefined ? null : readMetricName(node, context);
  if (node === undefined || asked === null) return null;
  return { metric: asked.name, head: asked.head ?? null, k: asked.k, span: node.expression.span };
}

/** Reports a stage whose `best` metric is not measured by any evaluation. */
export function checkBest(stage: StageSpec, evaluations: readonly EvaluationSpec[], context: Context): void {
  const best = stage.validate?.best ?? null;
  const own = evaluations.filter((evaluation) => evaluation.stage === stage.name);
  if (best === null || own.some(({ metrics }) => metrics.some((metric) => isAbout(metric, best)))) return;
  const has = own.flatMap(({ metrics }) => metrics.map(({ span }) => `\`${spanText(span)}\``));
  const help =
    has.length > 0
      ? `its evaluations measure ${[...new Set(has)].join(", ")}`
      : `write \`evaluate NAME on DATA using ${stage.name} { ${spanText(best.span)} }\``;
  const related = own.map(({ name, span }) => ({ span, message: `\`${name}\` evaluates \`${stage.name}\`` }));
  const holes = { stage: stage.name, metric: spanText(best.span) };
  context.report(diagnose("V528", best.span, holes, { related, help }));
}

function isAbout({ name, head, arguments: ks }: EvaluationSpec["metrics"][number], best: BestSpec): boolean {
  return name === best.metric && (best.head === null || best.head === head) && (best.k === null || ks.includes(best.k));
}
