// Many mistakes planted at once in a shipped specification: each is reported, and no follow-up errors.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { spanText } from "../../../grammar/index.js";
import { check } from "./check.js";

const shipped = readFileSync(new URL("../../../specs/tests.vlmo", import.meta.url), "utf8");

interface Planted {
  readonly changes: readonly (readonly [right: string, wrong: string])[];
  /** The diagnostics in the order of the file: code and the text they point to. */
  readonly told: readonly string[];
}

const rows: Readonly<Record<string, Planted>> = {
  "a model": {
    changes: [
      ["  width: 32\n", "  width: 33\n"],
      ["layer_scale: none", "layer_scal: none"],
      ["size: 32px", "size: 36px"],
      ["vision: ffn(image, ratio: 2)", "vision: ffn(image, ratio: 0)"],
      ["fusion: ffn(pair, ratio: 2) on top 1", "fusion: ffn(pair, ratio: 2) on top 5"],
      ["freeze: attention, norm1,", "freeze: atention, norm1,"],
    ],
    told: ["V301 2", "V201 layer_scal", "V302 36px", "V207 0", "V306 5", "V505 atention"],
  },
  "the numbers of a model in which a key cannot be read": {
    changes: [
      ["  width: 32\n", "  width: 33\n"],
      ["layer_scale: none", "layer_scale: :"],
      ["size: 32px", "size: 36px"],
      ["vision: ffn(image, ratio: 2)", "vision: ffn(image, ratio: 0.1)"],
      ["fusion: ffn(pair, ratio: 2) on top 1", "fusion: ffn(pair, ratio: 2) on top 5"],
    ],
    told: ["V301 2", "V021 :", "V302 36px", "V311 all", "V306 5"],
  },
  "the numbers of a model in which an expert cannot be read": {
    changes: [
      ["  width: 32\n", "  width: 33\n"],
      ["size: 32px", "size: 36px"],
      ["language: ffn(text, ratio: 2)", "language: ffn(text text)"],
    ],
    told: ["V301 2", "V302 36px", "V020 text"],
  },
  "the numbers of a model of which a section cannot be read": {
    changes: [
      ["  width: 32\n", "  width: 33\n"],
      ["size: 32px", "size: 36px"],
      ["  text {", "  text: : {"],
    ],
    told: ["V301 2", "V302 36px", "V021 :"],
  },
  "numbers that depend on one that cannot be read": {
    changes: [
      ["  width: 32\n", "  width: 33 3\n"],
      ["patch: 16px", "patch: 16px 3"],
      ["size: 32px", "size: 36px"],
      ["layers: 2", "layers 1"],
    ],
    told: ["V024 1", "V024 3", "V024 3"],
  },
  "numbers of a model beside one that it inherits": {
    changes: [
      [
        "data scenes:",
        "model Wide extends Tiny {\n  width: 33\n  attention { heads 3 }\n  image { size: 36px, patch: 16px }\n}\n\ndata scenes:",
      ],
    ],
    told: ["V024 3", "V302 36px"],
  },
  "numbers of a stage without its length": {
    changes: [["  batch: 16\n  steps: 60\n", "  batch: 16\n  micro: 32\n  steps 60\n"]],
    told: ["V510 32", "V024 60"],
  },
  "an unknown model": {
    changes: [
      ["stage vision {\n  model: Tiny", "stage vision {\n  model: Tinny"],
      ["freeze: attention, norm1,", "freeze: attention, nrm1,"],
      ["learn: words\n", "learn: wrds\n"],
    ],
    told: ["V106 Tinny", "V106 wrds", "V505 nrm1"],
  },
  "a stage without most of its keys": {
    changes: [
      ["  model: Tiny\n  data: scenes\n  learn: patches\n", "  learn: ptches\n  freeze: nrm1\n"],
      ["evaluate retrieval on few using fusion", "evaluate retrieval on few"],
    ],
    told: ["V515 vision", "V515 vision", "V106 ptches", "V505 nrm1", "V521 retrieval"],
  },
  "stages in a cycle": {
    changes: [
      ["stage vision {", "stage vision from fusion {"],
      ["freeze: attention, norm1,", "freeze: attention, nrm1,"],
      ["steps: 80", "steps: 80\n  epochs: 3"],
      ["data: few\n", "data: few + sentences\n"],
    ],
    told: ["V501 vision", "V505 nrm1", "V204 few + sentences", "V512 3"],
  },
  "a name declared twice": {
    changes: [
      [
        "stage fusion from language {",
        "head words: masked_tokens(text.tokens) { msk: 3 }\nstage language from vision {\n  learn: wrds\n  batch: -4\n}\n\nstage fusion from language {",
      ],
    ],
    told: ["V103 words", "V201 msk", "V103 language", "V515 language", "V515 language", "V513 language", "V106 wrds", "V207 -4"],
  }, // prettier-ignore
  "the file that a stage is initialised from": {
    changes: [
      [
        "stage vision {",
        'stage vision from checkpoint("a.pt", layout: vilt) { drop: 3, fresh: heads.ptches, resize: [txt] } {',
      ],
      ["experts.vision, embed.image, pooler", "experts.visio, embed.image, pooler"],
    ],
    told: ["V208 vilt", "V204 3", "V505 heads.ptches", "V208 txt", "V505 experts.visio"],
  },
  "the choice of a best checkpoint": {
    changes: [
      ["data: scenes\n", "data: scenes\n  augment: [flp]\n"],
      ["stage language from vision {", "stage language from vision at best {"],
      ["steps: 80", "steps: 80\n  seed: -1\n  validate: every 20 steps\n  best: recall(7)"],
      [
        "evaluate retrieval on few using fusion { recall(1), batch: 16 }",
        "evaluate retrieval on few using fusion { recall(1), batch: 16 }\nevaluate other on sentences using language { perplexity, accuracy(top: 0) }",
      ],
    ],
    told: ["V209 flp", "V621 from vision at best", "V207 -1", "V528 recall(7)", "V207 0"],
  },
  "mixed images": {
    changes: [["steps: 80", "steps: 80\n  mix: [mixup(alpha: 0)]\n  micro_size: 5"]],
    told: ["V532 [mixup(alpha: 0)]", "V207 0", "V201 micro_size"],
  },
  "statements of a test after an invalid one": {
    changes: [
      ["train vision for 30 steps", "train visio for 0 steps"],
      ["loss[26..30].mean < loss[1..5].mean", "loss[26..30].men < los[1..5].mean"],
      ["gradient_norm.max < 10\n", "gradient_norm.max < 10px\n"],
      ["changed(attention, experts.vision, embed.image)", "changed(atention, experts.vision)"],
    ],
    told: ["V106 visio", "V207 0 steps", "V604 loss[26..30].men", "V604 los[1..5].mean", "V205 10px", "V505 atention"],
  },
  "evaluations of an unknown stage": {
    changes: [
      [
        "using fusion { recall(1), batch: 16 }",
        "using fusio { recal(1), recall(0, rerank: top(1, by: match)), accuracy(mach), batch: 1.5 }",
      ],
    ],
    told: ["V106 fusio", "V209 recal", "V207 0", "V207 1", "V106 mach", "V207 1.5"],
  },
  heads: {
    changes: [
      ["masked_patches(image.patches) { mask: random(50%) }", "masked_patches(image.patchs) { mask: random(150%) }"],
      ["contrastive(image.cls, text.cls)", "contrastive(image.cls) { temperature: -1 }"],
      ["hard(contrast, from: pool)", "hard(words, from: pol)"],
    ],
    told: ["V401 image.patchs", "V206 150%", "V403 contrastive(image.cls)", "V207 -1", "V405 words", "V208 pol"],
  },
};

test.each(Object.entries(rows))("%s", (_, { changes, told }) => {
  const text = changes.reduce((sum, [right, wrong]) => {
    expect(sum).toContain(right);
    return sum.replace(right, wrong);
  }, shipped);
  const { diagnostics } = check({ "main.vlmo": text });
  expect(diagnostics.map(({ code, span }) => `${code} ${spanText(span)}`)).toEqual(told);
});
