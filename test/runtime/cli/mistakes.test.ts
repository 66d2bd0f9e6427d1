// Mistakes on the command line, each with its exit code and help.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inProcess } from "./in-process.js";
import { tinySpec, workFolder } from "./tiny.js";

let folder = "";
beforeAll(async () => {
  folder = await workFolder({
    "typo.vlmo": tinySpec.replace("learn: contrast\n", "lern: contrast\n"),
    "broken.vlmo": "vlmo 1\n\nmodel Half {\n  layers: 2\n",
    "empty.vlmo": "vlmo 1\n",
    "importing.vlmo": 'vlmo 1\n\nimport { Tiny } from "./tinny.vlmo"\n',
    "notes.txt": "not tensors",
  });
});
afterAll(() => rm(folder, { recursive: true }));

interface Row {
  readonly title: string;
  readonly args: readonly string[];
  readonly exit: number;
  readonly stderr: readonly RegExp[];
}

const usage: readonly Row[] = [
  {
    title: "an unknown command exits with 2 and suggests one",
    args: ["trian"],
    exit: 2,
    stderr: [/unknown command 'trian'/, /Did you mean train\?/],
  },
  {
    title: "an unknown option exits with 2 and suggests one",
    args: ["check", "--jsn", "x.vlmo"],
    exit: 2,
    stderr: [/unknown option '--jsn'/, /Did you mean --json\?/, /vlmo help check/],
  },
  {
    title: "a key of a stage given as an option is answered with --set",
    args: ["train", "tiny.vlmo", "--learning-rate", "1e-4"],
    exit: 2,
    stderr: [
      /unknown option '--learning-rate'/,
      /= help: it is a key of a stage: --set STAGE\.optimizer\.lr=VALUE sets it/,
    ],
  },
  {
    title: "so is a key in its notation in the stage",
    args: ["train", "tiny.vlmo", "--epochs", "3"],
    exit: 2,
    stderr: [/--set STAGE\.epochs=VALUE/],
  },
  { title: "reports the missing argument", args: ["check"], exit: 2, stderr: [/missing required argument 'file'/] },
  {
    title: "lists the choices of an option",
    args: ["exec", "tiny.vlmo", "--program", "forwards"],
    exit: 2,
    stderr: [/Allowed choices are encode, forward, vectors, pool, gradient, update, step/],
  },
  {
    title: "a backend of an engine without backends is reported",
    args: ["train", "tiny.vlmo", "--engine", "reference", "--backend", "cuda"],
    exit: 1,
    stderr: [/`reference` cannot be used here: it has no backend `cuda`/, /leave out --backend/],
  },
  {
    title: "a backend of another engine is reported with the existing ones",
    args: ["train", "tiny.vlmo", "--engine", "ort", "--backend", "cuda"],
    exit: 1,
    stderr: [
      /`ort` cannot be used here: it has no backend `cuda`/,
      /choose one of cpu, webgpu, auto; `--engine torch` has it/,
    ],
  },
  {
    title: "a precision that the engine does not support is reported",
    args: ["train", "tiny.vlmo", "--precision", "bfloat16"],
    exit: 1,
    stderr: [/V994.*the engine `ort` does not compute in `bfloat16`/, /choose --engine torch/],
  },
  {
    title: "--compile with an engine that does not compile is reported",
    args: ["train", "tiny.vlmo", "--compile"],
    exit: 1,
    stderr: [/V544.*the engine `ort` does not compile programs/, /choose --engine torch, or leave out --compile/],
  },
  {
    title: "a precision for an output form with only one is refused",
    args: [
      "build",
      "tiny.vlmo",
      "--stage",
      "first",
      "--emit",
      "onnx",
      "--program",
      "step",
      "-o",
      "x.onnx",
      "--precision",
      "bfloat16",
    ],
    exit: 2,
    stderr: [/--emit onnx has no `bfloat16`/, /--precision is for --emit torch/],
  },
  {
    title: "BEiT-3's layout is refused with the reason",
    args: ["export", "runs/none", "--to", "safetensors", "--out", "x", "--layout", "beit3"],
    exit: 2,
    stderr: [/additional layer norms inside attention and the feed-forward networks/, /`beit` holds the image part/],
  },
  {
    title: "an unknown engine is answered with the list",
    args: ["train", "tiny.vlmo", "--engine", "jax"],
    exit: 2,
    stderr: [/Allowed choices are ort, tfjs, torch, reference/],
  },
  {
    title: "a batch of 0 is refused",
    args: ["build", "tiny.vlmo", "--emit", "ir", "--program", "encode", "--batch", "0"],
    exit: 2,
    stderr: [/whole number above 0/],
  },
  {
    title: "exec without --params and --out reports both",
    args: ["exec", "tiny.vlmo", "--stage", "first", "--program", "encode"],
    exit: 2,
    stderr: [/--params and --out must be given/, /--list/],
  },
  {
    title: "build --emit ir without a program lists the programs",
    args: ["build", "tiny.vlmo", "--emit", "ir"],
    exit: 2,
    stderr: [/needs --program/, /encode, forward/],
  },
  {
    title: "an ONNX model is not written to a terminal",
    args: ["build", "tiny.vlmo", "--stage", "first", "--emit", "onnx", "--program", "encode"],
    exit: 2,
    stderr: [/needs -o FILE/],
  },
];

const mistakes: readonly Row[] = [
  {
    title: "a missing file",
    args: ["check", "nowhere.vlmo"],
    exit: 1,
    stderr: [/error\[V101\]: cannot read `nowhere\.vlmo`/],
  },
  {
    title: "a misspelt file",
    args: ["check", "tinny.vlmo"],
    exit: 1,
    stderr: [/cannot read `tinny\.vlmo`/, /did you mean `tiny\.vlmo`\?/],
  },
  {
    title: "a file name without its extension",
    args: ["plan", "./tiny"],
    exit: 1,
    stderr: [/cannot read `\.\/tiny`/, /did you mean `\.\/tiny\.vlmo`\?/],
  },
  {
    title: "a misspelt import",
    args: ["check", "importing.vlmo"],
    exit: 1,
    stderr: [/error\[V101\]: cannot read `\.\/tinny\.vlmo`/, /did you mean `\.\/tiny\.vlmo`\?/],
  },
  {
    title: "a misspelt key is shown in its line",
    args: ["check", "typo.vlmo"],
    exit: 1,
    stderr: [/error\[V\d+\]/, /--> typo\.vlmo:28:3/, /28 \| {3}lern: contrast/, /did you mean `learn`\?/],
  },
  { title: "a missing brace", args: ["check", "broken.vlmo"], exit: 1, stderr: [/error\[V0\d\d\]/, /broken\.vlmo/] },
  {
    title: "an unknown name in --set",
    args: ["check", "tiny.vlmo", "--set", "stepz=4"],
    exit: 1,
    stderr: [/error\[V\d+\]/, /did you mean `steps`\?/],
  },
  {
    title: "a wrong value in --set",
    args: ["check", "tiny.vlmo", "--set", "steps=4px"],
    exit: 1,
    stderr: [/error\[V2\d\d\]/],
  },
  {
    title: "a misspelt key in --set is shown in the option",
    args: ["plan", "tiny.vlmo", "--set", "first.optimzer.lr=1e-4"],
    exit: 1,
    stderr: [/error\[V201\]/, /--> --set:1:7/, /1 \| first\.optimzer\.lr=1e-4/, /did you mean `optimizer`\?/],
  },
  {
    title: "several stages without --stage",
    args: ["exec", "tiny.vlmo", "--program", "forward", "--list"],
    exit: 1,
    stderr: [/error\[V960\].*first, second/, /--stage second/],
  },
  {
    title: "a misspelt stage",
    args: ["train", "tiny.vlmo", "--stage", "frist"],
    exit: 1,
    stderr: [/error\[V961\]: there is no stage `frist`/, /did you mean `first`\?/],
  },
  {
    title: "a file without stages cannot be trained",
    args: ["train", "empty.vlmo"],
    exit: 1,
    stderr: [/there is no stage; the file declares no stage/],
  },
  {
    title: "a stage whose predecessor is not trained",
    args: ["train", "tiny.vlmo", "--stage", "second", "--out", "alone", "--engine", "reference"],
    exit: 1,
    stderr: [/error\[V933\]/, /--> tiny\.vlmo:\d+:\d+/, /leave out --stage/],
  },
  {
    title: "an unknown evaluation",
    args: ["eval", "tiny.vlmo", "retrieva", "--checkpoint", "x"],
    exit: 1,
    stderr: [/no evaluation `retrieva`/, /did you mean `retrieval`\?/],
  },
  {
    title: "a missing checkpoint",
    args: ["eval", "tiny.vlmo", "retrieval", "--checkpoint", "nowhere"],
    exit: 1,
    stderr: [/error\[V927\]/, /nowhere/],
  },
  {
    title: "predict on a file that is no checkpoint",
    args: ["predict", "notes.txt", "x.png"],
    exit: 1,
    stderr: [/error\[V924\]/, /notes\.txt/],
  },
  {
    title: "parameters from a file without any",
    args: ["exec", "tiny.vlmo", "--stage", "first", "--program", "encode", "--params", "notes.txt", "--out", "o"],
    exit: 1,
    stderr: [/error\[V92\d\]/, /notes\.txt/],
  },
  {
    title: "an import of something else than a checkpoint",
    args: ["import", "notes.txt", "--spec", "tiny.vlmo", "--stage", "first", "--layout", "vlmo", "--out", "imported"],
    exit: 1,
    stderr: [/error\[V92\d\]/],
  },
  {
    title: "an import into a folder with other files",
    args: ["import", "notes.txt", "--spec", "tiny.vlmo", "--stage", "first", "--layout", "vlmo", "--out", "."],
    exit: 1,
    stderr: [/error\[V967\]/, /other things/],
  },
  {
    title: "a report of something else than a run",
    args: ["report", "."],
    exit: 1,
    stderr: [/error\[V968\]/, /metrics\.jsonl/],
  },
  { title: "an unknown code", args: ["explain", "V999"], exit: 1, stderr: [/there is no code or word `V999`/] },
  {
    title: "a misspelt word",
    args: ["explain", "adamv"],
    exit: 1,
    stderr: [/no code or word `adamv`/, /did you mean `adamw`/],
  },
  { title: "a misspelt key", args: ["explain", "adamw.bets"], exit: 1, stderr: [/did you mean `adamw\.betas`/] },
];

describe.each([
  { kind: "wrong command lines", rows: usage },
  { kind: "mistakes in what is given", rows: mistakes },
])("$kind", ({ rows }) => {
  test.each(rows)("$title", async ({ args, exit, stderr }) => {
    const outcome = await inProcess(args, folder);
    for (const pattern of stderr) expect(outcome.stderr).toMatch(pattern);
    expect(outcome.stderr).not.toMatch(/\n\s+at /);
    expect(outcome.exit).toBe(exit);
  });
});

test("an output file that cannot be written is reported", async () => {
  const args = ["build", "tiny.vlmo", "--emit", "ast", "-o", join("nowhere", "tree.json")];
  const { exit, stderr } = await inProcess(args, folder);
  expect(stderr).toMatch(/error\[V923\]: cannot write `nowhere\/tree\.json`: there is no folder for it/);
  expect(exit).toBe(1);
});
