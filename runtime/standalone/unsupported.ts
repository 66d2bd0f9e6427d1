// What the programs in Python cannot train, or not as `vlmo train` does: it is refused when the folder is built.
import { type HeadSpec, type StageSpec } from "../../compiler/index.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";

/** By what a stage does: why not; null where it does not do it. */
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
  ({ validate }) => (validate?.patience != null ? "ends when an evaluation no longer gets better (`patience`)" : null),
];

function ofHead({ kind, ...settings }: HeadSpec): string | null {
  if (kind === "segment") return "learns segmentation";
  const targets = "targets" in settings ? (settings.targets as { readonly kind: string }) : null; // of `masked_patches` alone
  return targets?.kind === "codes" ? "reads codes of patches from a file" : null;
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
