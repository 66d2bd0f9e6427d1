// The features each kind of head takes, as one table, and what is said where they do not fit.
import { spanText, type Call } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { HeadKind, View } from "../spec/spec.js";
import type { Context } from "./context.js";
import type { Feature, FeatureKind } from "./features.js";

interface Wanted {
  /** How many features: least and most. */
  readonly count: readonly [number, number];
  readonly kinds: readonly FeatureKind[];
  readonly views: readonly View[];
  /** Parts that are taken, where not all of the kind are. */
  readonly parts?: readonly string[];
  readonly words: string;
  /** Ways to write them. */
  readonly forms: readonly string[];
}

const wanted: Record<HeadKind, Wanted> = {
  masked_patches: {
    count: [1, 1],
    kinds: ["sequence"],
    views: ["image", "pair"],
    parts: ["patches"],
    words: "the patches of a view",
    forms: ["image.patches", "pair.patches"],
  },
  visual_tokenizer: {
    count: [1, 1],
    kinds: ["image"],
    views: ["image"],
    words: "images themselves",
    forms: ["image"],
  },
  masked_tokens: {
    count: [1, 1],
    kinds: ["sequence"],
    views: ["text", "pair"],
    parts: ["tokens", "text"],
    words: "the text of a view",
    forms: ["text.tokens", "pair.text"],
  },
  contrastive: {
    count: [2, 2],
    kinds: ["vector"],
    views: ["image", "text"],
    words: "one vector of images and one of texts",
    forms: ["image.cls, text.cls"],
  },
  matching: {
    count: [1, 1],
    kinds: ["vector"],
    views: ["pair"],
    words: "one vector of the pair",
    forms: ["pair.pooled"],
  },
  classify: {
    count: [1, 1],
    kinds: ["vector"],
    views: ["image", "text", "pair"],
    words: "one vector",
    forms: ["pair.pooled", "image.cls"],
  },
  compare: {
    count: [2, 2],
    kinds: ["vector"],
    views: ["pair"],
    words: "two vectors of pairs",
    forms: ["pair[1].pooled, pair[2].pooled"],
  },
  segment: {
    count: [1, 64],
    kinds: ["layer", "grid"],
    views: ["image"],
    words: "layers of an image",
    forms: ["image.layer(3), image.layer(6)"],
  },
  caption: {
    count: [1, 1],
    kinds: ["causal"],
    views: ["pair"],
    words: "the pair that does not look ahead",
    forms: ["pair.causal"],
  },
};

/** What a kind of head takes, in words. */
export function headFeatures(kind: string): string {
  const found = Object.entries(wanted).find(([name]) => name === kind)?.[1];
  return found === undefined ? "" : `${found.words}: ${found.forms.map((form) => `\`${form}\``).join(" or ")}`;
}

const kindWords = {
  vector: "one vector",
  sequence: "a sequence",
  grid: "a grid",
  layer: "a layer",
  image: "an image",
  causal: "a text that does not look ahead",
} satisfies Record<FeatureKind, string>;

/** Whether a head is given what it takes; what is wrong is reported. */
export function featuresFit(kind: HeadKind, features: readonly Feature[], call: Call, context: Context): boolean {
  const want = wanted[kind];
  const [least, most] = want.count;
  if (call.args.length < least || call.args.length > most) {
    const given = call.args.length === 1 ? "1 feature" : `${call.args.length} features`;
    context.report(diagnose("V403", call.span, { head: kind, wanted: want.words, count: given }, formHelp(kind)));
    return false;
  }
  const wrong = features.filter((feature) => !takes(kind, want, feature));
  for (const { text, kind: found, spec } of wrong) {
    const holes = {
      head: kind,
      wanted: want.words,
      feature: text,
      found: `${kindWords[found]} of the view \`${spec.view}\``,
    };
    context.report(diagnose("V402", spec.span, holes, formHelp(kind)));
  }
  if (wrong.length > 0) return false;
  return kind === "contrastive"
    ? twoViews(features, context)
    : kind === "compare"
      ? twoImages(features, call, context)
      : true;
}

function formHelp(kind: HeadKind): { help: string } {
  return { help: `write ${wanted[kind].forms.map((form) => `\`${kind}(${form})\``).join(" or ")}` };
}

function takes(kind: HeadKind, want: Wanted, feature: Feature): boolean {
  if (kind === "masked_tokens" && feature.spec.view === "pair" && feature.spec.part !== "text") return false;
  const part = want.parts === undefined || want.parts.includes(feature.spec.part);
  return part && want.kinds.includes(feature.kind) && want.views.includes(feature.spec.view);
}

function twoViews([first, second]: readonly Feature[], context: Context): boolean {
  if (first === undefined || second === undefined || first.spec.view !== second.spec.view) return true;
  const related = [{ span: first.spec.span, message: `\`${first.text}\` is of the same view` }];
  const help = first.spec.view === "text" ? "write `image.cls` for one of them" : "write `text.cls` for one of them";
  context.report(diagnose("V404", second.spec.span, { view: first.spec.view }, { related, help }));
  return false;
}

function twoImages(features: readonly Feature[], call: Call, context: Context): boolean {
  const [first, second] = features;
  if (first?.spec.image === 1 && second?.spec.image === 2) return true;
  const holes = {
    head: "compare",
    wanted: wanted.compare.words,
    count: call.args.map((argument) => `\`${spanText(argument.value.span)}\``).join(" and "),
  };
  context.report(diagnose("V403", call.span, holes, formHelp("compare")));
  return false;
}
