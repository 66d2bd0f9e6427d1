// Visual tokens: whether a stage has the tokenizer whose codes it predicts, trained before it or loaded from a file.
import type { Related, Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import { dallePatch } from "../../heads/dalle-encoder.js";
import { ruleOf, weightsFileOf } from "../../heads/index.js";
import type { AugmentSpec, HeadSpec, ModelSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import type { HeadDraft } from "../head/head-context.js";
import type { Term } from "../head/objective.js";
import type { Draft } from "./draft.js";
import type { Origin } from "./origin.js";

/** Reports heads that read image codes from a file in a stage that augments images. */
export function checkAugmentedCodes(
  { span: stage, values }: Draft,
  { augment: [step], terms }: { readonly augment: readonly AugmentSpec[]; readonly terms: readonly Term[] },
  context: Context,
): void {
  if (step === undefined) return;
  for (const { draft, span } of terms) {
    const { head } = draft;
    if (ruleOf(head).wants(head).patchCodes === undefined) continue;
    const related = [{ span, message: `\`${head.name}\` is learnt here` }];
    const place = values.augment?.expression.span ?? stage;
    context.report(diagnose("V643", place, { step: step.kind, head: head.name }, { related }));
  }
}

interface Reading {
  readonly stage: string;
  readonly model: ModelSpec;
  readonly terms: readonly Term[];
  readonly origin: Origin;
  /** Heads of the previous stage that still fit. */
  readonly carried: readonly HeadSpec[];
}

/** The tokenizers whose codes a stage predicts, and the heads whose parameters these use. */
export function codersOf(terms: readonly Term[]): HeadDraft[] {
  return terms.flatMap(({ draft: { codesFrom } }) => {
    if (codesFrom === null) return [];
    return codesFrom.owner === null ? [codesFrom] : [codesFrom.owner, codesFrom];
  });
}

/** Reports tokenizers that no stage has trained, that do not fit the model's patches, or that cannot be trained. */
export function checkCodes({ stage, model, terms, origin, carried }: Reading, context: Context): void {
  for (const { draft, span } of terms) {
    const { head } = draft;
    if (weightsFileOf(head) !== null) {
      const holes = { key: "learn", wanted: "heads with something to learn", value: `\`${head.name}\`` };
      const help = `its weights come from a file; a \`masked_patches\` head predicts its codes with \`targets: tokens(${head.name})\``;
      context.report(diagnose("V207", span, holes, { help }));
    }
    const coder = draft.codesFrom?.head;
    if (coder === undefined) continue;
    const related = [{ span: head.span, message: `\`${head.name}\` predicts the codes of \`${coder.name}\`` }];
    if (weightsFileOf(coder) !== null) {
      checkPublished(model, { place: span, related }, context);
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

interface ReportedAt {
  readonly place: Span;
  readonly related: readonly Related[];
}

/** Reports images that DALL-E's encoder cannot read. */
function checkPublished({ image }: ModelSpec, { place, related }: ReportedAt, context: Context): void {
  const { patch = dallePatch, channels = 3, span = place } = image ?? {};
  const wrong = (key: string, wanted: string, value: string): void =>
    context.report(diagnose("V207", span, { key, wanted: `${wanted} for DALL-E's encoder`, value }, { related }));
  if (patch % dallePatch !== 0) wrong("patch", `a multiple of ${dallePatch}px`, `${patch}px`);
  if (channels !== 3) wrong("channels", "3", String(channels));
}
