// Each kind of head in Python: its modules, and the methods that compute its answers. A kind is a row.
import type { AnyHead, FeatureSpec, HeadKind, HeadSpec, ModelSpec } from "../../../compiler/index.js";
import { freeName } from "./names.js";
import { real } from "./python.js";

/** A head as Python source. */
export interface WrittenHead {
  /** The expression that creates its modules. */
  readonly module: string;
  /** Its methods, indented as those of a class. */
  readonly methods: string;
}

/** The writer of each kind; null for kinds that only serve training. */
type Kinds = {
  readonly [Kind in HeadKind]: ((head: Extract<AnyHead, { kind: Kind }>, model: ModelSpec) => WrittenHead) | null;
};

const kinds: Kinds = {
  masked_patches: null,
  visual_tokenizer: null,
  classify: (head, { width }) => ({
    module: classifier(width, head),
    methods: method(head, `logits [B, ${head.classes}]`, [only(head)], ([vector = ""]) => `${own(head)}(${vector})`),
  }),
  compare: (head, { width }) => ({
    module: classifier(2 * width, head),
    methods: method(head, `logits [B, ${head.classes}] of two images and a text`, head.features, (both) => `${own(head)}(torch.cat([${both.join(", ")}], dim=1))`),
  }),
  matching: (head, { width }) => ({
    module: `Matching(${width})`,
    methods: method(head, "logits [B, 2]: false, true", [only(head)], ([vector = ""]) => `${own(head)}(${vector})`),
  }),
  masked_tokens: words,
  caption: words,
  segment: (head, model) => ({
    module: `Pyramid(${model.width}, hidden=${head.hidden}, classes=${head.classes}, levels=${head.features.length}, eps=${real(model.normEps)})`,
    methods: method(head, `logits [B, side, side, ${head.classes}]`, head.features, (maps) => `${own(head)}([${maps.join(", ")}])`),
  }),
  contrastive: (head, { width }) => ({
    module: `Contrast(${width}${head.fused ? ", fused=True" : ""}${head.loss === "sigmoid" ? ", biased=True" : ""})`,
    methods: head.features
      .flatMap((feature) => [
        vectorMethod(head, feature, ""),
        ...(head.fused ? [vectorMethod(head, feature, "fused_")] : []),
      ])
      .join("\n\n"),
  }),
}; // prettier-ignore

/** The head in Python; null where it only serves training. */
export function writtenHead(head: HeadSpec, model: ModelSpec): WrittenHead | null {
  // Boundary: a checked head has one of the kinds, with its settings.
  const { kind } = head as AnyHead;
  const write = kinds[kind] as ((head: HeadSpec, model: ModelSpec) => WrittenHead) | null;
  return write === null ? null : write(head, model);
}

type Worded = Extract<AnyHead, { kind: "masked_tokens" | "caption" }>;

function words(head: Worded, { width, text }: ModelSpec): WrittenHead {
  const vocabulary = text?.tokenizer.vocabulary ?? 0;
  const says = (tokens: string): string => `${own(head)}(${tokens}, self.text_embedding.word.weight)`;
  return {
    module: `Words(${width}, vocabulary=${vocabulary}, eps=${real(head.normEps)}, tied=${head.decoder === "tied" ? "True" : "False"})`,
    methods: method(head, `logits [B, T, ${vocabulary}] of each token, to be read where the text has [MASK]`, [only(head)], ([tokens = ""]) => says(tokens)),
  };
} // prettier-ignore

function classifier(width: number, { hidden, classes, normEps }: { readonly hidden: number | null; readonly classes: number; readonly normEps: number }): string {
  if (hidden === null) return `LinearClassifier(${width}, classes=${classes})`;
  return `Classifier(${width}, hidden=${hidden}, classes=${classes}, eps=${real(normEps)})`;
} // prettier-ignore

function only({ name, features: [feature] }: HeadSpec): FeatureSpec {
  if (feature === undefined) throw new Error(`internal: the head ${name} reads nothing`);
  return feature;
}

/** The name of the modules that the head uses, which may be another head's. */
function own({ parametersOf }: HeadSpec): string {
  return `self.heads["${freeName(parametersOf)}"]`;
}

/** A method that computes an expression of features; features of the same view share one pass. */
function method(
  head: HeadSpec,
  gives: string,
  features: readonly FeatureSpec[],
  result: (read: readonly string[]) => string,
): string {
  const views = [...new Set(features.map(given))];
  const passes = views.map((view, i) => {
    const ofLayers = features.some((feature) => given(feature) === view && feature.part === "layer");
    const name = `${ofLayers ? "states" : "tokens"}${views.length === 1 ? "" : `_${i + 1}`}`;
    return { name, run: ofLayers ? "encode" : "top", tokens: ofLayers ? `self.final_norm(${name}[-1])` : name };
  });
  const read = features.map((feature) => {
    const pass = passes[views.indexOf(given(feature))];
    return partOf(feature, pass?.tokens ?? "", pass?.name ?? "");
  });
  return [
    `    def forward_${head.name}(self, ${[...new Set(features.flatMap(inputsOf))].join(", ")}):`,
    `        """${head.kind}: ${gives}."""`,
    ...passes.map(({ name, run }, i) => `        ${name} = self.${run}(${views[i] ?? ""})`),
    `        return ${result(read)}`,
  ].join("\n");
}

function vectorMethod(head: HeadSpec, feature: FeatureSpec, branch: "" | "fused_"): string {
  const { view } = feature;
  const run = branch === "" ? "top" : "fused";
  return [
    `    def forward_${head.name}_${branch}${view}(self, ${inputsOf(feature).join(", ")}):`,
    `        """${head.kind}: vectors [B, width]."""`,
    `        tokens = self.${run}(${given(feature)})`,
    `        return ${own(head)}(tokens[:, 0], "${branch}${view}")`,
  ].join("\n");
}

function imageInput({ image }: FeatureSpec): string {
  return image === null ? "image" : `image_${image - 1}`;
}

function inputsOf(feature: FeatureSpec): string[] {
  const text = ["text_ids", "text_masks"];
  return { image: [imageInput(feature)], text, pair: [imageInput(feature), ...text] }[feature.view];
}

/** Arguments of `encode` and `top`. */
function given(feature: FeatureSpec): string {
  const named = inputsOf(feature).map((name) => (name.startsWith("image") ? `image=${name}` : `${name}=${name}`));
  const flags = [...(feature.image === 2 ? ["second=True"] : []), ...(feature.causal ? ["causal=True"] : [])];
  return [`"${feature.view}"`, ...named, ...flags].join(", ");
}

/** A feature as an expression of the tokens after the final norm, or of the states of all layers. */
function partOf({ part, layer }: FeatureSpec, tokens: string, states: string): string {
  const expressions: { readonly [Part in FeatureSpec["part"]]: string } = {
    tokens,
    patches: tokens,
    pixels: "image",
    cls: `${tokens}[:, 0]`,
    pooled: `self.pooled(${tokens})`,
    text: `${tokens}[:, : text_ids.shape[1]]`,
    grid: `map_of(${tokens})`,
    layer: `map_of(${states}[${layer ?? 0}])`,
  };
  return expressions[part];
}
