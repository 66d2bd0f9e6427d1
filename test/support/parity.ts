// Helpers for comparisons with the original: its checkpoints as our parameters, and differences of tensors.
import { parametersOf, patchesPerSide, type StageSpec } from "../../compiler/index.js";
import { importCheckpoint, layouts, openTensorFile, planImport } from "../../runtime/checkpoint/index.js";
import type { Tensor } from "../../runtime/tensor.js";

/** The parameters of a stage from one of the original's files, and their keys by our names. */
export async function importedParameters(
  file: string,
  stage: StageSpec,
): Promise<{ parameters: Map<string, Tensor>; keys: Map<string, string> }> {
  const source = await openTensorFile(file);
  const model = {
    layout: layouts.vlmo,
    targets: parametersOf(
      stage.model,
      stage.heads.filter((head) => stage.learn.some((objective) => objective.head === head)),
    ),
    context: { experts: stage.model.experts, heads: stage.heads, patchesPerSide: patchesPerSide(stage.model) },
  };
  const unknown = planImport(source, model).problems.flatMap((problem) =>
    problem.kind === "unknown" ? [problem.key] : [],
  );
  const { tensors, report } = await importCheckpoint(source, model, { allowUnknown: unknown });
  await source.close();
  return { parameters: tensors, keys: new Map(report.used.map(({ name, keys }) => [name, keys[0] ?? name])) };
}

/** Largest difference relative to the largest element of the expected tensor. */
export function distance(
  actual: Tensor | undefined,
  expected: Tensor | undefined,
  counts: (i: number) => boolean = () => true,
): number {
  if (actual === undefined || expected === undefined || actual.data.length !== expected.data.length)
    return Number.POSITIVE_INFINITY;
  let [largest, worst] = [0, 0];
  expected.data.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    if (counts(i)) worst = Math.max(worst, Math.abs(value - (actual.data[i] ?? Number.NaN)));
  });
  return largest === 0 ? worst : worst / largest;
}
