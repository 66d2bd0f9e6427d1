// `predict` on the original's checkpoints, imported by the command line: the original's outputs for its inputs.
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ImageFile, ImageLoader } from "../../runtime/data/index.js";
import { engines } from "../../runtime/engines/index.js";
import { readSafetensors } from "../../runtime/formats/safetensors.js";
import type { Answer, Said } from "../../runtime/predict/answer.js";
import { softmax } from "../../runtime/predict/heads.js";
import { openModel } from "../../runtime/predict/model.js";
import { predict } from "../../runtime/predict/predict.js";
import type { Tensor, Tensors } from "../../runtime/tensor.js";
import { inProcess } from "../runtime/cli/in-process.js";

const shared = "../shared/fixtures";
const there = existsSync(shared);
if (!there) console.log(`skipped where ${shared} is absent: what is predicted by the original's checkpoints`);

/** The fixtures' own deviation from float64, from their README. */
const PRECISION = 2.4e-5;

const folder = mkdtempSync(join(tmpdir(), "vlmo-parity-"));
const specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
/** A word for each of the original's token ids. */
const vocabulary = Array.from({ length: 99 }, (_, id) => specials[id] ?? `w${id}`);
const vocabularyFile = join(folder, "vocabulary.txt");
writeFileSync(vocabularyFile, `${vocabulary.join("\n")}\n`);

interface Row {
  readonly head: string;
  readonly stage: string;
  readonly checkpoint: string;
  readonly images: readonly string[];
  readonly texts: string | null;
  /** The probabilities of each row by the original's logits. */
  readonly expected: (outputs: Tensors) => number[][];
}

const rows: readonly Row[] = [
  {
    head: "vqa",
    stage: "vqa",
    checkpoint: "checkpoint_vqa.pt",
    images: ["image"],
    texts: "text_ids",
    expected: (outputs) =>
      rowsOf(outputs.get("vqa.logits")).map((row) => row.map((logit) => 1 / (1 + Math.exp(-logit)))),
  },
  {
    head: "nlvr2",
    stage: "nlvr2",
    checkpoint: "checkpoint_nlvr2.pt",
    images: ["image_0", "image_1"],
    texts: "text_ids",
    expected: (outputs) => rowsOf(outputs.get("nlvr2.logits")).map(softmax),
  },
  {
    head: "itm",
    stage: "pairs",
    checkpoint: "checkpoint.pt",
    images: ["image"],
    texts: "text_ids",
    expected: (outputs) => rowsOf(outputs.get("itm.logits_positive_pairs")).map((row) => softmax(row).slice(1)),
  },
  {
    head: "irtr",
    stage: "irtr",
    checkpoint: "checkpoint.pt",
    images: ["image"],
    texts: null,
    expected: (outputs) => rowsOf(outputs.get("irtr.logits_i2t")).map(softmax),
  },
];

const cases = ["dev", "dev_plus"].flatMap((fixture) => rows.map((row) => ({ fixture, ...row })));

describe.skipIf(!there)("predict gives the original's outputs", () => {
  it.each(cases)(
    "of $head of $fixture",
    async ({ fixture, head: name, stage, checkpoint, images, texts, expected }) => {
      const at = (file: string): string => join(shared, fixture, file);
      const out = join(folder, fixture, name);
      const suffix = fixture === "dev" ? "stage" : "plus";
      const imported = await inProcess([
        ...[
          "import",
          at(checkpoint),
          "--spec",
          "specs/parity.vlmo",
          "--stage",
          `${stage}_${suffix}`,
          "--layout",
          "vlmo",
        ],
        ...["--vocabulary", vocabularyFile, "--allow-unknown", "itc_*,itm_*,mlm_*,logit_vl_scale", "--out", out],
      ]);
      expect(imported.exit, imported.stderr).toBe(0);
      const inputs = await readSafetensors(at("inputs.safetensors"));
      const outputs = await readSafetensors(at("outputs.safetensors"));
      const sentences = rowsOf(inputs.get("text_ids")).map((ids) =>
        ids
          .filter((id) => id > 3)
          .map((id) => vocabulary[id])
          .join(" "),
      );
      const model = await openModel(out);
      const head = model.stage.heads.find((each) => each.name === name);
      if (head === undefined) throw new Error(`no head ${name}`);
      const engine = await engines.ort({ threads: 1, backend: null });
      const questions = sentences.map((text, row) => ({
        name: String(row),
        images: images.map((input) => imageOf(`${input} ${row}`)),
        ...(texts !== null && { text }),
      }));
      const answers: Answer[] = [];
      const candidates = sentences.map((text, i) => ({ label: String(i), text }));
      const options = { model, head, questions, candidates, engine, loader: loaderOf(inputs), top: 99 };
      await predict(options, ({ answer }) => void answers.push(answer));
      engine.dispose();
      const wanted = expected(outputs);
      expect(answers).toHaveLength(wanted.length);
      answers.map(sharesOf).forEach((shares, row) => {
        shares.forEach((share, i) => expect(Math.abs(share - (wanted[row]?.[i] ?? NaN))).toBeLessThan(PRECISION));
      });
    },
  );
});

function rowsOf(tensor: Tensor | undefined): number[][] {
  if (tensor === undefined) throw new Error("a tensor of the fixture is missing");
  const width = tensor.data.length / (tensor.shape[0] ?? 1);
  return Array.from({ length: tensor.shape[0] ?? 0 }, (_, row) =>
    Array.from(tensor.data.slice(row * width, (row + 1) * width)),
  );
}

/** In the order of the classes. */
function sharesOf(answer: Answer): number[] {
  if (answer.form === "truth") return [answer.probability];
  if (answer.form !== "choice") throw new Error(`an answer as ${answer.form}`);
  const number = ({ label }: Said): number => Number({ false: 0, true: 1 }[label] ?? label);
  return [...answer.top].sort((a, b) => number(a) - number(b)).map(({ probability }) => probability);
}

function imageOf(key: string): ImageFile {
  return { kind: "file", key, path: key, place: { file: key } };
}

/** The original's images are tensors of floats that image files cannot represent. */
function loaderOf(tensors: Tensors): ImageLoader {
  const none = (): never => {
    throw new Error("no masks are read");
  };
  return {
    loadInto: (target, { source: { key } }) => {
      const [input = "", row = ""] = key.split(" ");
      target.set(rowsOf(tensors.get(input))[Number(row)] ?? []);
      return Promise.resolve();
    },
    loadMask: none,
    loadClasses: none,
    loadCodes: none,
    windowsOf: none,
  };
}
