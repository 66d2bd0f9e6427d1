// Reachability: the parts of the model that a head's loss reaches.
import { expect, test } from "vitest";
import { reachOf } from "../../../compiler/spec/reach.js";
import { parametersOf } from "../../../compiler/spec/parameter-list.js";
import { stageOf, specOf } from "../check/check.js";

function reached(head: string, options: { experts?: string; attention?: string; data?: string } = {}): Set<string> {
  const { experts = "f: ffn(pair) on top 1", attention = "", data = "pairs { format: shapes }" } = options;
  const spec = specOf(`vlmo 1
model M {
  layers: 3, width: 16
  attention { heads: 2, position: absolute(image, text)${attention} }
  image { size: 32px }
  text { tokenizer: wordpiece(vocabulary: 50), unread_positions: true }
  experts { v: ffn(image) on all, l: ffn(text) on all, ${experts} }
}
data d: ${data}
head h: ${head}
stage s { model: M, data: d, learn: h, batch: 8, steps: 1, optimizer: adamw(lr: 1e-3) }`);
  const stage = stageOf(spec, "s");
  const names = reachOf(stage.model, stage.heads, stage.heads[0] ?? fail());
  expect(
    [...names].every((name) => parametersOf(stage.model, stage.heads).some((parameter) => parameter.name === name)),
  ).toBe(true);
  return names;
}

function fail(): never {
  throw new Error("the stage has no head");
}

/** The reached ones of some tensors. */
const among = (names: ReadonlySet<string>, of: readonly string[]): string[] => of.filter((name) => names.has(name));

const experts = [1, 2, 3].flatMap((layer) =>
  ["v", "l", "f"].map((name) => `layers.${layer}.experts.${name}.fc1.weight`),
);
const short = (names: ReadonlySet<string>): string[] =>
  among(names, experts).map((name) => name.replace("layers.", "").replace(".experts.", "").replace(".fc1.weight", ""));

test.each([
  ["masked_patches(image.patches)", ["1v", "2v", "3v"]],
  ["masked_tokens(text.tokens)", ["1l", "2l", "3l"]],
  ["masked_tokens(pair.text)", ["1v", "1l", "2v", "2l", "3f"]],
  ["contrastive(image.cls, text.cls)", ["1v", "1l", "2v", "2l", "3v", "3l"]],
  ["contrastive(image.cls, text.cls) { fused: true }", ["1v", "1l", "2v", "2l", "3v", "3l", "3f"]],
])("%s reaches the experts %s", (head, wanted) => {
  expect(short(reached(head))).toEqual(wanted);
});

test("without a pair expert at the top, a head on the pair's text does not reach the top image expert", () => {
  expect(short(reached("masked_tokens(pair.text)", { experts: "f: ffn(pair) on bottom 1" }))).toEqual([
    "1f",
    "2v",
    "2l",
    "3l",
  ]);
});

test("with attention per modality, the modality that no head reads is reached through keys and values only", () => {
  const names = reached("masked_tokens(pair.text)", {
    experts: "f: ffn(pair) on bottom 1",
    attention: ", share: none, bias: [query, value]",
  });
  const top = ["qkv.weight", "query_bias", "value_bias", "proj.weight"].map(
    (part) => `layers.3.attention.image.${part}`,
  );
  expect(among(names, top)).toEqual(["layers.3.attention.image.qkv.weight", "layers.3.attention.image.value_bias"]);
  expect(among(names, ["layers.2.attention.image.proj.weight", "layers.3.attention.text.proj.weight"])).toHaveLength(2);
});

const single = [
  "embed.image.patch.weight",
  "embed.image.mask",
  "embed.text.word.weight",
  "embed.text.unread_positions",
  "position.image",
  "position.text",
  "pooler.weight",
  "final_norm.weight",
];

test.each([
  [
    "masked_patches(image.patches)",
    ["embed.image.patch.weight", "embed.image.mask", "position.image", "final_norm.weight"],
  ],
  ["masked_tokens(text.tokens)", ["embed.text.word.weight", "position.text", "final_norm.weight"]],
  [
    "classify(pair.pooled) { classes: 3 }",
    [
      "embed.image.patch.weight",
      "embed.text.word.weight",
      "position.image",
      "position.text",
      "pooler.weight",
      "final_norm.weight",
    ],
  ],
])("%s reaches these embeddings and top parts: %s", (head, wanted) => {
  const data = head.startsWith("classify") ? "statements { format: shapes }" : "pairs { format: shapes }";
  expect(among(reached(head, { data }), single)).toEqual(wanted);
});
