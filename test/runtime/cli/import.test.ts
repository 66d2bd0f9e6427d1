// `vlmo import`: files of other programs in every form, and the messages about them.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkpointManifest, readCheckpoint } from "../../../runtime/checkpoint/index.js";
import { readSafetensors, writeSafetensors } from "../../../runtime/formats/safetensors.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";
import { root } from "./command.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

const spec = join(root, "specs/parity.vlmo");
const original = join(root, "test/fixtures/parity/dev/checkpoint.safetensors");
const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
const vocabulary = [...words, ...Array.from({ length: 94 }, (_, i) => `word${i}`)].join("\n");

let folder = "";
let tensors: ReadonlyMap<string, Tensor> = new Map();
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await workFolder({ "vocab.txt": `${vocabulary}\n`, "short.txt": words.join("\n"), "no-mask.txt": "a\nb\n" });
  tensors = await readSafetensors(original);
  await writeSafetensors(
    at("ddp.safetensors"),
    new Map([...tensors].map(([key, tensor]) => [`module.${key}`, tensor])),
  );
  await writeSafetensors(
    at("compiled.safetensors"),
    new Map(
      [...tensors].map(([key, tensor]) => [key.replace(/^(.*blocks\.\d+\.)/, "$1_checkpoint_wrapped_module."), tensor]),
    ),
  );
  const two = [...tensors].flatMap(([key, tensor]): [string, Tensor][] => [
    [`student.${key}`, tensor],
    [`teacher.${key}`, { ...tensor, data: tensor.data.map((value) => value + 1) }],
  ]);
  await writeSafetensors(at("two.safetensors"), new Map(two));
  const broken = new Map(tensors).set("transformer.norm.weight", float32([32], new Float32Array(32).fill(NaN)));
  await writeSafetensors(at("nan.safetensors"), broken);
  await writeSafetensors(at("clip.safetensors"), new Map([["visual.conv1", float32([1])]]));
  await mkdir(at("hub"));
  const names = [...tensors.keys()];
  const halves = [names.slice(0, 60), names.slice(60)];
  for (const [i, half] of halves.entries())
    await writeSafetensors(
      at(`hub/${i}.safetensors`),
      new Map(half.map((key) => [key, tensors.get(key) ?? float32([0])])),
    );
  const map = halves.flatMap((half, i) => half.map((key) => [key, `${i}.safetensors`]));
  await writeFile(at("hub/model.safetensors.index.json"), JSON.stringify({ weight_map: Object.fromEntries(map) }));
});
afterAll(() => rm(folder, { recursive: true }));

function take(file: string, ...options: string[]) {
  return inProcess(["import", file, "--spec", spec, "--stage", "pairs_stage", "--out", at("out"), ...options]);
}

describe("import reads", () => {
  test.each([
    [
      "the original's layout",
      () => original,
      [],
      /✓ 124 parameters read from .*checkpoint\.safetensors \(layout vlmo\)\n/,
    ],
    ["a common prefix", () => at("ddp.safetensors"), ["--layout", "vlmo"], /prefix stripped from its keys: module\.\n/],
    ["keys with names of wrappers", () => at("compiled.safetensors"), [], /✓ 124 parameters read from /],
    [
      "one of several sets of weights",
      () => at("two.safetensors"),
      ["--nest", "teacher"],
      /prefix stripped from its keys: teacher\./,
    ],
    ["a folder of shards", () => at("hub"), [], /read from .*model\.safetensors\.index\.json \(layout vlmo\)/],
  ])("%s", async (_, file, options, said) => {
    const { exit, stdout, stderr } = await take(file(), ...options);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(said);
    const { parameters } = await readCheckpoint(at("out"));
    const added = options.includes("teacher") ? 1 : 0;
    const norm = tensors.get("transformer.norm.weight")?.data.map((value) => value + added);
    expect(parameters.get("final_norm.weight")?.data).toEqual(norm);
  });
});

describe("the vocabulary", () => {
  test("is kept with the checkpoint if given", async () => {
    const { exit, stdout } = await take(original, "--vocabulary", at("vocab.txt"));
    expect(exit).toBe(0);
    expect(stdout).toContain("  with its vocabulary of 99 tokens\n");
    expect((await readCheckpoint(at("out"))).vocabulary).toEqual(vocabulary.split("\n"));
    expect((await checkpointManifest(at("out"))).files["vocabulary.txt"]).toBeDefined();
  });

  test("is reported as missing if not given", async () => {
    const { stdout } = await take(original);
    expect(stdout).toContain("without a vocabulary: --vocabulary FILE keeps the words with their table\n");
    expect((await readCheckpoint(at("out"))).vocabulary).toBeNull();
  });

  test.each([
    ["short.txt", /error\[V956\]: the vocabulary `.*short\.txt` has 5 tokens, but the model says `vocabulary: 99`/],
    ["no-mask.txt", /error\[V918\]: the vocabulary cannot be used: it lacks \[PAD\]/],
    ["nowhere.txt", /error\[V910\]: cannot read `.*nowhere\.txt`/],
  ])("is checked before anything is written: %s", async (name, said) => {
    await rm(at("out"), { recursive: true, force: true });
    const { exit, stderr } = await take(original, "--vocabulary", at(name));
    expect(stderr).toMatch(said);
    expect(exit).toBe(1);
    await expect(checkpointManifest(at("out"))).rejects.toMatchObject({ code: "V927" });
  });
});

describe("import refuses", () => {
  test.each([
    [
      "several sets of weights",
      ["two.safetensors"],
      /error\[V938\].*`student` \(128 tensors\), `teacher` \(128 tensors\)[^]*--nest student/,
    ],
    [
      "NaN values",
      ["nan.safetensors"],
      /error\[V937\].*`transformer\.norm\.weight` \(32 NaN of 32\)[^]*--allow-nonfinite/,
    ],
    [
      "keys of no known layout",
      ["clip.safetensors"],
      /error\[V939\].*of any known layout \(`vlmo`, `beit`, `huggingface_beit`, `vlmo_ts`\): it holds `visual\.conv1`\n/,
    ],
    [
      "keys of another layout than requested",
      ["clip.safetensors", "--layout", "beit"],
      /error\[V939\].*is of the layout `beit`: it holds `visual\.conv1`\n/,
    ],
    [
      "another layout",
      ["ddp.safetensors", "--layout", "beit"],
      /error\[V926\].*\n[^]*its names look like the original VLMo's: --layout vlmo\n/,
    ],
  ] as const)("%s", async (_, [file, ...options], said) => {
    const { exit, stderr } = await take(at(file), ...options);
    expect(stderr).toMatch(said);
    expect(exit).toBe(1);
  });

  test("NaN unless allowed, which gives a warning", async () => {
    const { exit, stderr } = await take(at("nan.safetensors"), "--allow-nonfinite");
    expect(stderr).toMatch(/^warning: weights that are NaN or infinite were imported: `transformer\.norm\.weight`/);
    expect(exit).toBe(0);
  });

  test("a misfit, with a list of problems in --json", async () => {
    const { exit, stdout } = await inProcess([
      ...["import", original, "--spec", spec, "--stage", "vqa_stage", "--out", at("vqa"), "--layout", "vlmo", "--json"],
    ]);
    const { errors } = JSON.parse(stdout);
    expect([exit, errors.length, errors[0].code]).toEqual([1, 1, "V926"]);
    expect(errors[0].message).toMatch(/^`.*` does not fit the model: 20 problems$/);
    expect(errors[0].problems).toHaveLength(20);
    expect(errors[0].problems).toContainEqual({
      kind: "missing",
      name: "heads.vqa.fc1.weight",
      key: "vqa_classifier.0.weight",
      shape: [64, 32],
      message: "`heads.vqa.fc1.weight` is missing: the file has no `vqa_classifier.0.weight` [64, 32]",
    });
    expect(errors[0].help).toMatch(/--allow-unknown ".*itm_score\.\*.*--allow-missing "heads\.vqa\.\*"/);
  });
});

describe("the options", () => {
  test("--resize accepts comma-separated and repeated rules, and takes no further arguments", async () => {
    const line = ["import", "--resize", "relative_table,types", "--resize", "text_length", original, "--spec", spec];
    const { exit, stdout } = await inProcess([...line, "--stage", "pairs_stage", "--out", at("out")]);
    expect(stdout).toMatch(/✓ 124 parameters/);
    expect(exit).toBe(0);
  });

  test.each([
    [["--resize", "relative"], /Allowed choices are relative_table, image_positions, text_length, types/],
    [["--layout", "bit"], /Allowed choices are vlmo, beit, huggingface_beit, vlmo_ts/],
  ])("%j exits with 2", async (options, said) => {
    const { exit, stderr } = await take(original, ...options);
    expect(stderr).toMatch(said);
    expect(exit).toBe(2);
  });

  test("a pattern omits a pre-training head, and a newly initialised head is reported", async () => {
    const { exit, stdout } = await inProcess([
      ...[
        "import",
        original,
        "--spec",
        spec,
        "--stage",
        "vqa_stage",
        "--out",
        at("vqa"),
        "--allow-missing",
        "heads.vqa.*",
      ],
      ...["--allow-unknown", "itc_*,logit_*,itm_score.*,mlm_*"],
    ]);
    expect(stdout).toContain("newly initialised: heads.vqa (6 tensors): allowed to be missing\n");
    expect(stdout).toMatch(
      / {2}ignored: itc_image_proj\.fc\.weight, .*, itm_score\.\* \(2 tensors\), .* \(allowed to be left out\)\n/,
    );
    expect(exit).toBe(0);
  });
});

test("control characters in a file's names are escaped on the terminal", async () => {
  const evil = "transformer.\u001b]0;pwned\u0007\u001b[2J\u009b31m\nx\u202e";
  await writeSafetensors(at("evil.safetensors"), new Map(tensors).set(evil, float32([1])));
  for (const line of [
    ["import", at("evil.safetensors"), "--spec", spec, "--stage", "pairs_stage", "--out", at("o")],
    ["inspect", at("evil.safetensors")],
  ])
    for (const json of [[], ["--json"]]) {
      const { stdout, stderr } = await inProcess([...line, ...json]);
      expect(stdout + stderr).toContain("\\u001b[2J\\u009b31m");

      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
});

test("a file in the original's layout is reported in place of one in ours", async () => {
  const line = [
    "exec",
    spec,
    "--stage",
    "pairs_stage",
    "--program",
    "forward",
    "--params",
    original,
    "--out",
    at("o.safetensors"),
  ];
  const { exit, stderr } = await inProcess(line);
  expect(stderr).toMatch(
    /error\[V939\].*its names are the original VLMo's \(layout `vlmo`\)\n.*vlmo import .* --layout vlmo/,
  );
  expect(exit).toBe(1);
});

describe("damaged checkpoints of a run", () => {
  const line = ["tiny.vlmo", "--engine", "reference"];
  beforeAll(async () => {
    await mkdir(at("run/checkpoints/second-0000003"), { recursive: true });
    await writeFile(at("run/checkpoints/second-0000003/manifest.json"), "{");
    await writeFile(at("run/metrics.jsonl"), "{}\n");
  });

  test("are reported and skipped by eval", async () => {
    const { stderr } = await inProcess([
      "eval",
      at("tiny.vlmo"),
      "retrieval",
      "--checkpoint",
      at("run"),
      ...line.slice(1),
    ]);
    expect(stderr).toMatch(/^warning: skipped .*second-0000003: the checkpoint .* its manifest\.json is not JSON\n/);
  });

  test.each([[[]], [["--resume"]]])(
    "make train %j fail if there is no other: the run is not restarted over them",
    async (resume) => {
      const { exit, stderr } = await inProcess([
        "train",
        at("tiny.vlmo"),
        "--out",
        at("run"),
        ...line.slice(1),
        ...resume,
      ]);
      expect(stderr).toMatch(/warning: skipped .*\n[^]*error\[V988\][^]*help: bring that checkpoint back from a copy/);
      expect(exit).toBe(1);
      expect(await readFile(at("run/metrics.jsonl"), "utf8")).toBe("{}\n");
    },
  );
});
