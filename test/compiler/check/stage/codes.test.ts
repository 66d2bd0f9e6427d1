// Visual tokens: a stage that predicts codes needs their tokenizer, trained by an earlier stage or read from a file.
import { expect, test } from "vitest";
import { reachOfAll } from "../../../../compiler/spec/reach.js";
import { check, codesOf, specOf, stageOf } from "../check.js";

const text = (heads: string, stages: string): string => `vlmo 1
model Small {
  layers: 2
  width: 16
  attention { heads: 2 }
  image { size: 32px, patch: 8px }
  experts { vision: ffn(image) on all }
}
data scenes: images { format: shapes }
head codes: visual_tokenizer(image) { codes: 24, hidden: 8 }
head filed: visual_tokenizer(image) { codes: 24, hidden: 8, file: "encoder.pkl" }
${heads}
${stages}
`;
const stage = (head: string, body = ""): string =>
  `${head} { data: scenes, learn: ${body === "" ? "mim" : body}, batch: 8, steps: 10, optimizer: adamw(lr: 1e-3) }\n`;
const mim = (targets: string): string => `head mim: masked_patches(image.patches) { targets: ${targets} }`;
const coder =
  "stage coder { model: Small, data: scenes, learn: codes, batch: 8, steps: 10, optimizer: adamw(lr: 1e-3) }\n";
const alone =
  "stage only { model: Small, data: scenes, learn: mim, batch: 8, steps: 10, optimizer: adamw(lr: 1e-3) }\n";

test.each([
  ["of a tokenizer trained by an earlier stage", mim("tokens(codes)"), coder + stage("stage next from coder"), []],
  ["of a file of codes", mim('tokens("codes.safetensors", count: 24)'), alone, []],
  ["of DALL-E's encoder", mim("tokens(filed)"), alone, []],
  ["of a tokenizer trained in the same stage", mim("tokens(codes)"), alone.replace("mim", "mim + codes"), []],
  ["of an untrained tokenizer", mim("tokens(codes)"), alone, ["V503"]],
  [
    "of a tokenizer trained on another patch size",
    mim("tokens(codes)"),
    coder + stage("stage next from coder").replace("batch", "with { image { patch: 16px } }, batch"),
    ["V503", "V504"],
  ],
  [
    "of a head without codes",
    `${mim("tokens(other)")}\nhead other: classify(image.cls) { classes: 2 }`,
    alone,
    ["V107"],
  ],
  ["of another vocabulary size than the tokenizer's", mim("tokens(codes, count: 25)"), alone, ["V207"]],
  [
    "of DALL-E's encoder for patches of 4 pixels",
    mim("tokens(filed)"),
    alone.replace("batch", "with { image { patch: 4px } }, batch"),
    ["V207"],
  ],
  [
    "while training a tokenizer that is read from a file",
    mim("tokens(filed)"),
    alone.replace("mim", "mim + filed"),
    ["V207"],
  ],
] as const)("predicting codes %s", (_, heads, stages, codes) => {
  const errors = check(text(heads, stages)).diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code }) => code)).toEqual(codes);
});

test("a stage that predicts codes keeps the tokenizer frozen", () => {
  const spec = specOf(text(mim("tokens(codes)"), coder + stage("stage next from coder")));
  const next = stageOf(spec, "next");
  const ofTokenizer = [...next.unreached].filter((name) => name.startsWith("heads.codes."));
  expect(ofTokenizer.length).toBeGreaterThan(10);
  expect([...next.trained].filter((name) => name.startsWith("heads.codes."))).toEqual([]);
});

test("the loss of a tokenizer reaches no part of the trunk and needs no expert", () => {
  const spec = text("", coder.replace("model: Small", "model: Small, with { experts { vision: on none } }"));
  expect(codesOf(check(spec))).toEqual([]);
  const { model, heads, learn } = stageOf(specOf(spec), "coder");
  const reached = reachOfAll(model, heads, learn.map(({ head }) => head)); // prettier-ignore
  expect([...reached].filter((name) => !name.startsWith("heads.codes."))).toEqual([]);
});
