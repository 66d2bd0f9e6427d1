// Which heads may share parameters: those with the same tensors for the same use.
import { expect, it, test } from "vitest";
import { ruleOf } from "../../../compiler/heads/index.js";
import type { HeadSpec, ModelSpec } from "../../../compiler/index.js";
import { check } from "../check/check.js";
import { specOf } from "../../support/specs.js";

const spec = specOf("test/conformance/heads.vlmo");
const heads = [...spec.heads.values()];

function modelOf(head: HeadSpec): ModelSpec {
  const stage = [...spec.stages.values()].find(({ learn }) => learn.some((term) => term.head.name === head.name));
  const model = stage?.model ?? spec.models.get("Tiny");
  if (model === undefined) throw new Error("no model Tiny");
  return model;
}

function tensorsOf(head: HeadSpec, model: ModelSpec): string {
  const held = ruleOf(head).parameters(model, head, { prefix: "heads.it", role: { part: "heads", head: "it" } });
  return JSON.stringify(held.map(({ name, shape }) => [name, shape]));
}

const pairs = heads.flatMap((one) =>
  heads
    .filter(
      (other) => one.kind === other.kind && one.name < other.name && one.features.length === other.features.length,
    )
    .map((other) => [one.name, other.name, one, other] as const),
);

it.each(pairs)("`%s` and `%s` have different shape keys if their tensors differ", (_one, _other, one, other) => {
  const model = modelOf(one);
  const sameTensors = tensorsOf(one, model) === tensorsOf(other, model);
  const sameShape = JSON.stringify(ruleOf(one).shape(one)) === JSON.stringify(ruleOf(other).shape(other));
  expect(sameTensors || !sameShape).toBe(true);
});

const text = (head: string): string => `vlmo 1
model Small {
  layers: 2
  width: 16
  attention { heads: 2 }
  image { size: 32px, patch: 8px }
  text { tokenizer: wordpiece(vocabulary: 100), length: 8 }
  experts { all: ffn(image, text, pair) on all }
}
head clip: contrastive(image.cls, text.cls)
head siglip: contrastive(image.cls, text.cls) { loss: sigmoid }
head pixels: masked_patches(image.patches)
head codes: visual_tokenizer(image) { codes: 24, hidden: 8 }
head dalle: visual_tokenizer(image) { codes: 24, hidden: 8, file: "encoder.pkl" }
head label: classify(image.cls) { classes: 3 }
head ${head}
`;

test.each([
  [
    "with another loss",
    "it: contrastive(image.cls, text.cls) { loss: sigmoid, share: clip }",
    "`loss` is sigmoid and softmax",
  ],
  ["with the default loss", "it: contrastive(image.cls, text.cls) { share: siglip }", "`loss` is softmax and sigmoid"],
  [
    "that predicts codes",
    "it: masked_patches(image.patches) { targets: tokens(codes), share: pixels }",
    "`targets` is 24 codes and pixels",
  ],
  [
    "from a file",
    "it: visual_tokenizer(image) { codes: 24, hidden: 8, share: dalle }",
    "`file` is none and encoder.pkl",
  ],
  ["with more classes", "it: classify(image.cls) { classes: 4, share: label }", "`classes` is 4 and 3"],
])("a head %s shares no parameters", (_what, head, reason) => {
  const { diagnostics } = check(text(head));
  const messages = diagnostics.map(({ code, message }) => `${code} ${message}`);
  expect(messages).toEqual([expect.stringMatching(/^V407 /)]);
  expect(messages[0]).toContain(reason);
});

test("heads that differ only in settings that no tensor depends on share parameters", () => {
  const { diagnostics } = check(
    text("it: contrastive(image.cls, text.cls) { temperature: 0.1, pool: micro, share: clip }"),
  );
  expect(diagnostics).toEqual([]);
});
