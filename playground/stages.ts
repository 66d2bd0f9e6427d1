// Which stages the page can train: those on generated data that start from scratch or from such stages.
import {
  inSteps,
  ruleOf,
  weightsFileOf,
  withPredecessors,
  type DataSpec,
  type Spec,
  type StageSpec,
} from "../compiler/index.js";
import type { StageLook } from "./messages.js";

/** The stages of a specification as the page can train them. */
export function stagesOf(spec: Spec): StageLook[] {
  return [...spec.stages.values()].map((stage) => {
    const chain = withPredecessors(spec, [stage]);
    const reason = chain.map(refusal).find((each) => each !== null) ?? null;
    const steps = inSteps(stage.duration, stage);
    return {
      name: stage.name,
      chain: chain.map(({ name }) => name),
      steps: steps === null ? null : Math.floor(steps),
      refused: reason,
    };
  });
}

/** Generated data (shapes). */
export type Shapes = Extract<DataSpec, { readonly format: "shapes" }>;

/** The generated data of a stage that was not refused; throws for others. */
export function generated(data: DataSpec): Shapes {
  if (data.format !== "shapes") throw new Error(`internal: data ${data.name} of files in a page`);
  return data;
}

/** Why the page cannot train a stage; null where it can. */
function refusal({ name, data, from, model, heads, augment }: StageSpec): string | null {
  const filed = data.find(({ format }) => format !== "shapes");
  if (filed !== undefined)
    return `stage ${name} reads files (data ${filed.name}: ${filed.format}), and a web page has none`;
  if (from.kind === "checkpoint") return `stage ${name} starts from a file, and a web page has none`;
  if (augment.length > 0) return `stage ${name} augments its images, which is not supported in the browser`;
  const files = [model.text?.tokenizer.file ?? null, ...heads.map(weightsFileOf)];
  const codes = heads.map((head) => ruleOf(head).wants(head).patchCodes?.file ?? null);
  const file = [...files, ...codes].find((each) => each !== null);
  return file === undefined ? null : `stage ${name} reads ${file}, and a web page has no files`;
}
