// Features that the Python programs do not train as `vlmo train` does: they are refused when the folder is built.
import type { AnyHead, HeadKind, HeadSpec, StageSpec } from "../../compiler/index.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";

/** Reasons against a stage, by feature; null where it does not use the feature. */
const reasons: readonly ((stage: StageSpec) => string | null)[] = [
  ({ learn }) => firstOf(learn.map(({ head }) => ofHead(head))),
  ({ mix }) => (mix.length > 0 ? "mixes images (`mix`)" : null),
  ({ data }) =>
    firstOf(
      data.map(({ onError }) => (onError === "skip" ? "leaves out what cannot be read (`on_error: skip`)" : null)),
    ),
  ({ from }) =>
    from.kind === "stage" && from.at === "best"
      ? "begins where the stage before was best, which only an evaluation says"
      : null,
  ({ validate }) =>
    (validate?.patience ?? null) !== null ? "ends when an evaluation no longer gets better (`patience`)" : null,
];

/** Supported kinds of heads, with their unsupported settings. Other kinds are refused. */
const trained = {
  masked_patches: ({ targets }) => (targets.kind === "codes" ? "reads codes of patches from a file" : null),
  masked_tokens: () => null,
  caption: () => null,
  contrastive: () => null,
  matching: () => null,
  classify: () => null,
  compare: () => null,
  visual_tokenizer: () => null,
} as const satisfies { readonly [Kind in HeadKind]?: (head: Extract<AnyHead, { kind: Kind }>) => string | null };

function ofHead(head: HeadSpec): string | null {
  if (!isTrained(head.kind)) return `learns \`${head.kind}\``;
  const rule = trained[head.kind] as (head: HeadSpec) => string | null; // Boundary: a checked head fits its kind's row
  return rule(head);
}

function isTrained(kind: string): kind is keyof typeof trained {
  return Object.hasOwn(trained, kind);
}

function firstOf(found: readonly (string | null)[]): string | null {
  return found.find((reason) => reason !== null) ?? null;
}

/** Why these stages cannot be trained by Python alone: V646 for each. */
export function unsupportedIn(stages: readonly StageSpec[]): VlmoError[] {
  return stages.flatMap((stage) => {
    const reason = firstOf(reasons.map((each) => each(stage)));
    return reason === null ? [] : [unsupported(stage, reason)];
  });
}

/** V646. */
export function unsupported({ name, span }: StageSpec, reason: string): VlmoError {
  return vlmoError("V646", { stage: name, reason }, { span });
}
