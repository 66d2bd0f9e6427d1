// V3xx: models, placements, routing and shapes. One entry per code, with its page and two example specs.
import { text, type Catalogue } from "../../grammar/index.js";
import { example } from "./example.js";

/** V3xx, by code. */
export const modelCodes = {
  V301: {
    severity: "error",
    message: text`width ${"width"} is not divisible by ${"heads"} heads`,
    explain: "Every attention head works on width ÷ heads features, a whole number.",
    wrong: example(["heads: 4", "heads: 5"]),
    right: example(),
  },
  V302: {
    severity: "error",
    message: text`image size ${"size"}px is not divisible by patch ${"patch"}px`,
    explain: "An image is split into whole square patches.",
    wrong: example(["size: 64px", "size: 70px"]),
    right: example(),
  },
  V303: {
    severity: "error",
    message: text`text length ${"length"} is above the relative span ${"span"}`,
    explain:
      "`relative(span: n)` has a row for every distance between texts' tokens up to n; a longer text has distances without a row.",
    wrong: example(["length: 24", "length: 48"]),
    right: example(),
  },
  V304: {
    severity: "error",
    message: text`${"layers"} no expert for ${"tokens"} tokens`,
    explain:
      "In every layer, every token of a view that a stage or an evaluation runs must have an expert. A pair's tokens go to the layer's `pair` expert, or else text tokens to its `text` and image tokens to its `image` expert.",
    wrong: example(["language: ffn(text) on all", "language: ffn(text) on bottom 2"]),
    right: example(),
  },
  V305: {
    severity: "error",
    message: text`\`${"first"}\` and \`${"second"}\` both serve \`${"view"}\` in ${"layers"}`,
    explain: "In each layer a single expert serves a view; routing is by view, never random or by a learnt gate.",
    wrong: example(["vision: ffn(image) on all", "vision: ffn(image, text) on all"]),
    right: example(),
  },
  V306: {
    severity: "error",
    message: text`layer ${"layer"} lies outside of 1…${"layers"}`,
    explain: "Layers are numbered from 1 at the bottom to n at the top; ranges include both ends.",
    wrong: example(["on top 1", "on layers 4..5"]),
    right: example(["on top 1", "on layers 3..4"]),
  },
  V307: {
    severity: "warning",
    message: text`expert \`${"expert"}\` is placed in no layer`,
    explain:
      "An expert without a layer has no parameters. If that is intended for one stage, write it in its `with`; a model removes an inherited expert by `name: on none`.",
    wrong: example(
      ["fusion: ffn(pair) on top 1", "fusion: ffn(pair) on none"],
      ["fusion: on none", "fusion: on top 1"],
    ),
    right: example(),
  },
  V308: {
    severity: "error",
    message: text`model \`${"model"}\` has no \`${"section"} { … }\`, which ${"user"} needs`,
    explain: "A view needs its embedding: `image { … }` for images, `text { … }` for texts, both for pairs.",
    wrong: example(["  image { size: 64px, patch: 16px }\n", ""]),
    right: example(),
  },
  V309: {
    severity: "error",
    message: text`the pair experts of \`${"model"}\` are not consecutive layers up to the top, as \`fused: true\` needs`,
    explain:
      "`contrastive { fused: true }` passes the hidden states below the lowest pair expert through the pair experts, so they must fill all layers from there to the top.",
    wrong: example(
      ["on top 1", "on layers [1, 4]"],
      ["contrastive(image.cls, text.cls)", "contrastive(image.cls, text.cls) { fused: true }"],
    ),
    right: example(["contrastive(image.cls, text.cls)", "contrastive(image.cls, text.cls) { fused: true }"]),
  },
  V310: {
    severity: "error",
    message: text`the placement \`${"low"}..${"high"}\` runs downwards`,
    explain: "Layers count from the bottom, 1, to the top: a range is written low..high.",
    wrong: example(["on top 1", "on layers 4..3"]),
    right: example(["on top 1", "on layers 3..4"]),
  },
  V311: {
    severity: "error",
    message: text`\`${"expert"}\` would be ${"hidden"} wide inside, which is not a whole number of features`,
    explain: "The hidden layer of an expert is `ratio` times as wide as the model.",
    wrong: example(["ffn(pair) on top 1", "ffn(pair, ratio: 1.3) on top 1"]),
    right: example(["ffn(pair) on top 1", "ffn(pair, ratio: 1.5) on top 1"]),
  },
  V312: {
    severity: "warning",
    message: text`\`${"place"}\` ${"does"}`,
    explain: "Part of this placement has no effect: probably another layer was meant.",
    wrong: example(["on top 1", "on bottom 3 - top 1"]),
    right: example(["on top 1", "on layers 2..4 - layers 3"]),
  },
  V313: {
    severity: "error",
    message: text`an image would be ${"tokens"} tokens, and ${"most"} are the most`,
    explain:
      "Every patch of an image is a token, and attention is quadratic in the number of tokens: no memory holds that many.",
    wrong: example(["size: 64px, patch: 16px", "size: 2048px, patch: 1px"]),
    right: example(["size: 64px, patch: 16px", "size: 2048px, patch: 16px"]),
  },
} as const satisfies Catalogue;
