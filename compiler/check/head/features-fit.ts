// Whether a head is given features that it accepts, and the messages if not.
import { spanText, type Call, listed } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { HeadInputs, HeadRule } from "../../heads/head.js";
import type { Context } from "../context.js";
import type { Feature, FeatureKind } from "./features.js";

/** The features that a kind of head accepts, in words. */
export function headFeatures({ takes: { words, forms } }: HeadRule): string {
  return `${words}: ${listed(forms, " or ")}`;
}

const kindWords = {
  vector: "one vector",
  sequence: "a sequence",
  grid: "a grid",
  layer: "a layer",
  image: "an image",
  causal: "a text with causal attention",
} satisfies Record<FeatureKind, string>;

/** Whether a head is given features that it accepts; problems are reported. */
export function featuresFit(rule: HeadRule, features: readonly Feature[], call: Call, context: Context): boolean {
  const { kind, takes: want } = rule;
  const [least, most] = want.count;
  if (call.args.length < least || call.args.length > most) {
    const given = call.args.length === 1 ? "1 feature" : `${call.args.length} features`;
    context.report(diagnose("V403", call.span, { head: kind, wanted: want.words, count: given }, formHelp(rule)));
    return false;
  }
  const wrong = features.filter(({ name }) => !want.features.includes(name));
  for (const { text, kind: found, spec } of wrong) {
    const holes = {
      head: kind,
      wanted: want.words,
      feature: text,
      found: `${kindWords[found]} of the view \`${spec.view}\``,
    };
    context.report(diagnose("V402", spec.span, holes, formHelp(rule)));
  }
  if (wrong.length > 0) return false;
  return want.together === undefined || together[want.together](features, { rule, call, context });
}

interface HeadCall {
  readonly rule: HeadRule;
  readonly call: Call;
  readonly context: Context;
}

/** Constraints on several features together; violations are reported. */
const together = {
  "two views": twoViews,
  "two images": twoImages,
} satisfies Record<NonNullable<HeadInputs["together"]>, (features: readonly Feature[], given: HeadCall) => boolean>;

function formHelp({ kind, takes }: HeadRule): { help: string } {
  return { help: `write ${takes.forms.map((form) => `\`${kind}(${form})\``).join(" or ")}` };
}

function twoViews([first, second]: readonly Feature[], { context }: HeadCall): boolean {
  if (first === undefined || second === undefined || first.spec.view !== second.spec.view) return true;
  const related = [{ span: first.spec.span, message: `\`${first.text}\` is of the same view` }];
  const help = first.spec.view === "text" ? "write `image.cls` for one of them" : "write `text.cls` for one of them";
  context.report(diagnose("V404", second.spec.span, { view: first.spec.view }, { related, help }));
  return false;
}

function twoImages(features: readonly Feature[], { rule, call, context }: HeadCall): boolean {
  const [first, second] = features;
  if (first?.spec.image === 1 && second?.spec.image === 2) return true;
  const holes = {
    head: rule.kind,
    wanted: rule.takes.words,
    count: call.args.map((argument) => `\`${spanText(argument.value.span)}\``).join(" and "),
  };
  context.report(diagnose("V403", call.span, holes, formHelp(rule)));
  return false;
}
