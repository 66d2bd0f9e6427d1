// Visual tokens: whether a stage has the tokenizer whose codes it predicts, trained before it or from a file.
import { diagnose } from "../../codes.js";
import { dallePatch } from "../../heads/dalle-encoder.js";
import { weightsFileOf } from "../../heads/index.js";
import type { HeadSpec, ModelSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import type { HeadDraft } from "../head/head-context.js";
import type { Term } from "../head/objective.js";
import type { Origin } from "./origin.js";

interface Reading {
  readonly stage: string;
  readonly model: ModelSpec;
  readonly terms: readonly Term[];
  readonly origin: Origin;
  /** Heads of the stage before that still fit. */
  readonly carried: readonly HeadSpec[];
}

/** The tokenizers whose codes a stage predicts, and the heads whose parameters they use. */
export function codersOf(terms: readonly Term[]): HeadDraft[] {
  return terms.flatMap(({ draft: { codesFrom } }) => {
    if (codesFrom === null) return [];
    return codesFrom.owner === null ? [codesFrom] : [codesFrom.owner, codesFrom];
  });
}

/** Reports tokenizers that no stage has trained, that do not fit the model's patches, and those that cannot be trained. */
export function checkCodes({ stage, model, terms, origin, carried }: Reading, context: Context): void {
  for (const { draft, span } of terms) {
    const { head } = draft;
    if (weightsFileOf(head) !== null) {
      const holes = { key: "learn", wanted: "heads with something to learn", value: `\`${head.name}\`` };
      const help = `its weights are those of a file; a \`masked_patches\` head predicts its codes by \`targets: tokens(${head.name})\``;
      context.report(diagnose("V207", span, holes, { help }));
    }
    const coder = draft.codesFrom?.head;
    if (coder === undefined) continue;
    const related = [{ span: head.span, message: `\`${head.name}\` predicts the codes of \`${coder.name}\`` }];
    if (weightsFileOf(coder) !== null) {
      const { patch = dallePatch, span: place = span } = model.image ?? {};
      if (patch % dallePatch === 0) continue;
      const holes = { key: "patch", wanted: `a multiple of ${dallePatch}px for DALL-E's encoder`, value: `${patch}px` };
      context.report(diagnose("V207", place, holes, { related }));
      continue;
    }
    const owner = coder.parametersOf;
    const isHeld = [...carried, ...terms.map((term) => term.draft.head)].some((each) => each.parametersOf === owner);
    if (isHeld || origin.spec.kind === "checkpoint") continue;
    const from = origin.spec.kind === "stage" ? origin.spec.name : "scratch";
    const help = `learn \`${coder.name}\` in a stage before, of a model with the same patches, and begin \`from\` it`;
    const holes = { stage, tensors: `\`heads.${owner}\``, from };
    context.report(diagnose("V503", origin.spec.kind === "stage" ? origin.spec.span : span, holes, { related, help }));
  }
}
