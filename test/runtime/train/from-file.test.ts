// `from checkpoint("…")`: initialising a stage from files of vlmo and of other programs, and errors.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkSpec, parametersOf, sizeOf, type Spec } from "../../../compiler/index.js";
import { exportCheckpoint, layoutContext, layouts, createSaver } from "../../../runtime/checkpoint/index.js";
import { writeSafetensors } from "../../../runtime/formats/safetensors.js";
import { float32, type Tensor } from "../../../runtime/tensor.js";
import { handedByFile, isFromFile, tryFile, vocabularyInFile } from "../../../runtime/train/from-file.js";
import { startParameters } from "../../../runtime/train/initialize.js";
import { contentsOf } from "../checkpoint/contents.js";

let folder = "";
const at = (name: string): string => join(folder, name);

const model = (name: string, size: number): string => `
model ${name} {
  layers: 2
  width: 8
  attention { heads: 2, position: relative(span: 12) }
  image { size: ${size}px, patch: 4px }
  text { tokenizer: wordpiece(vocabulary: 20, file: "vocab.txt"), length: 6 }
  experts { vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on top 1 }
}`;

/** A stage initialised from `from`. */
function specWith(
  from: string,
  { size = 8, init = "", learn = "itc + itm" } = {},
): { spec: Spec | null; said: string[] } {
  const text = `vlmo 1
${model("Small", 8)}
${model("Here", size)}
data world: pairs { format: shapes }
head itc: contrastive(image.cls, text.cls)
head itm: matching(pair.pooled) { negatives: hard(itc, from: pool) }
head other: matching(pair.pooled) { negatives: hard(itc, from: pool) }
head words: masked_tokens(pair.text)
stage all { model: Small, data: world, learn: itc + itm + words, batch: 2, steps: 1, optimizer: adamw(lr: 1e-3) }
stage begun from ${from} { model: Here, data: world, learn: ${learn}, batch: 2, steps: 1, optimizer: adamw(lr: 1e-3)
  ${init} }
`;
  const { spec, diagnostics } = checkSpec(at("x.vlmo"), { read: () => text, resolvePath: (_, to) => to });
  return { spec, said: diagnostics.map(({ code, message }) => `${code}: ${message}`) };
}

function begun(...args: Parameters<typeof specWith>) {
  const { spec, said } = specWith(...args);
  const stage = spec?.stages.get("begun");
  if (spec === null || stage === undefined || !isFromFile(stage)) throw new Error(said.join("\n"));
  return { spec, stage };
}

async function startOf(...args: Parameters<typeof specWith>) {
  const { spec, stage } = begun(...args);
  await tryFile(stage, spec);
  const { handed, notices, provenance } = await handedByFile(stage, spec);
  const { parameters, beginnings } = await startParameters(stage, parametersOf(stage.model, stage.heads), handed);
  const partsThat = (how: string): string[] => [
    ...new Set([...beginnings].flatMap(([name, is]) => (is === how ? [name.replace(/^layers\.\d+\./, "")] : []))),
  ];
  return { parameters: await parameters, partsThat, notices: notices.join("\n"), provenance };
}

const ours = new Map<string, Tensor>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vlmo-from-"));
  const stage = specWith("scratch").spec?.stages.get("all");
  if (stage === undefined) throw new Error("the specification is wrong");
  let next = 1;
  for (const { name, shape } of parametersOf(stage.model, stage.heads))
    ours.set(
      name,
      float32(
        shape,
        Float32Array.from({ length: sizeOf(shape) }, () => next++),
      ),
    );
  const context = layoutContext(stage.model, stage.heads);
  await writeSafetensors(at("vlmo.safetensors"), exportCheckpoint(ours, layouts.vlmo, context).tensors);
  await writeSafetensors(at("ours.safetensors"), ours);
  const image = [...ours].filter(([name]) => !/^(heads|pooler|embed\.text)|language|fusion|^position/.test(name));
  const beit = new Map(exportCheckpoint(new Map(image), layouts.beit, context).tensors);
  const table = float32(
    [12, 2],
    Float32Array.from({ length: 24 }, (_, i) => i),
  );
  for (const layer of [0, 1]) beit.set(`blocks.${layer}.attn.relative_position_bias_table`, table);
  await writeSafetensors(at("beit.safetensors"), new Map([...beit, ["mask_token", float32([1, 1, 8])]]));
  await writeSafetensors(
    at("two.safetensors"),
    new Map(
      [...ours].flatMap(
        ([name, tensor]) =>
          [
            [`student.${name}`, tensor],
            [`teacher.${name}`, tensor],
          ] as const,
      ),
    ),
  );
  const kept = [...ours].filter(([name]) => !name.startsWith("heads.itm"));
  await createSaver(folder)({ ...contentsOf({ step: 4 }), parameters: new Map(kept) }, { keep: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

const experts = ["norm.weight", "norm.bias", "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"];
const fusion = experts.map((name) => `experts.fusion.${name}`);

describe("a stage is initialised from", () => {
  test.each([
    ["the original's file", 'checkpoint("vlmo.safetensors", layout: vlmo)', []],
    ["a file in vlmo's layout", 'checkpoint("ours.safetensors")', []],
    ["one of two sets of weights", 'checkpoint("two.safetensors", nest: "teacher")', []],
    [
      "a file without the parts in `fresh`",
      'checkpoint("vlmo.safetensors", layout: vlmo) { fresh: experts.fusion }',
      fusion,
    ],
    [
      "a file without tensors by pattern",
      'checkpoint("vlmo.safetensors", layout: vlmo) { fresh: "pool*.bias" }',
      ["pooler.bias"],
    ],
    [
      "a file without dropped keys",
      'checkpoint("vlmo.safetensors", layout: vlmo) { drop: pooler }',
      ["pooler.weight", "pooler.bias"],
    ],
    ["a file without dropped parts", 'checkpoint("ours.safetensors") { drop: experts.fusion }', fusion],
    [
      "a vlmo file, with a missing head newly initialised",
      'checkpoint("fusion-0000004")',
      ["heads.itm.fc.weight", "heads.itm.fc.bias"],
    ],
  ])("%s", async (_, from, fresh) => {
    const { parameters, partsThat } = await startOf(from);
    expect(partsThat("newly initialised")).toEqual(fresh);
    for (const [name, { data }] of parameters) {
      const isNew = fresh.some((part) => name.endsWith(part));
      if (isNew) expect(data).not.toEqual(ours.get(name)?.data);
      else expect(data).toEqual(ours.get(name)?.data);
    }
  });

  test("the image parts of BEiT, recording the origin", async () => {
    const { partsThat, parameters, provenance } = await startOf('checkpoint("beit.safetensors", layout: beit)');
    expect(parameters.get("layers.2.experts.vision.fc1.weight")).toEqual(
      ours.get("layers.2.experts.vision.fc1.weight"),
    );
    expect(partsThat("newly initialised")).toContain("experts.language.fc1.weight");
    expect(provenance).toEqual({ data: [], stages: [], imported: at("beit.safetensors") });
  });

  test("a file with further tensors, which are listed", async () => {
    const { notices } = await startOf('checkpoint("vlmo.safetensors", layout: vlmo)');
    expect(notices).toContain("ignored: mlm_score.");
    expect(notices).toContain("(the stage does not hold it)");
  });

  test("a position table of another size by the rule given", async () => {
    const { partsThat } = await startOf('checkpoint("vlmo.safetensors", layout: vlmo) { resize: relative_table }', {
      size: 12,
    });
    expect(partsThat("resized (relative_table)")).toEqual(["position.relative"]);
  });

  test("a head in the file only, copied by `init`", async () => {
    const { parameters } = await startOf('checkpoint("vlmo.safetensors", layout: vlmo) { fresh: heads.other }', {
      init: "init { heads.other: copy(heads.itm) }",
      learn: "itc + other",
    });
    expect(parameters.get("heads.other.fc.weight")).toEqual(ours.get("heads.itm.fc.weight"));
  });

  test("the file rather than a copy of `init`, which is reported", async () => {
    const init = "init { experts.fusion: copy(experts.vision) }";
    const kept = await startOf('checkpoint("ours.safetensors")', { init });
    expect(kept.notices).toMatch(/`init` copies to layers\.2\.experts\.fusion\.norm\.weight and 5 more/);
    const name = "layers.2.experts.fusion.fc1.weight";
    expect(kept.parameters.get(name)).toEqual(ours.get(name));
    const copied = await startOf('checkpoint("ours.safetensors") { fresh: experts.fusion }', { init });
    expect(copied.parameters.get(name)).toEqual(ours.get("layers.2.experts.vision.fc1.weight"));
  });

  test("a file of unknown vocabulary (null), or one without token embeddings (undefined)", async () => {
    const known = async (from: string) => {
      const { spec, stage } = begun(from);
      return vocabularyInFile(stage, spec);
    };
    expect(await known('checkpoint("vlmo.safetensors", layout: vlmo)')).toBeNull();
    expect(await known('checkpoint("beit.safetensors", layout: beit)')).toBeUndefined();
  });
});

describe("initialisation from a file fails for", () => {
  test.each([
    {
      title: "another layout",
      from: 'checkpoint("ours.safetensors", layout: beit)',
      said: { code: "V939", message: /this program's own/, help: /^`layout: vlmo_ts`$/ },
    },
    {
      title: "a layout that must be given",
      from: 'checkpoint("vlmo.safetensors")',
      said: { code: "V939", message: /original VLMo's/, help: /^`layout: vlmo`$/ },
    },
    {
      title: "another size without a rule",
      from: 'checkpoint("ours.safetensors")',
      size: 12,
      said: { code: "V926", message: /the rule `relative_table`/, help: /`resize: \[relative_table\]` fits/ },
    },
    {
      title: "a missing part",
      from: 'checkpoint("ours.safetensors") { drop: heads.nothing }',
      said: { code: "V926", message: /`drop` names `heads\.nothing`/, help: /./ },
    },
    {
      title: "several sets of weights",
      from: 'checkpoint("two.safetensors")',
      said: { code: "V938", message: /student/, help: /`nest: "student"`/ },
    },
    {
      title: "a missing file",
      from: 'checkpoint("nothing.pt", layout: beit)',
      said: { code: "V920", message: /nothing\.pt/, help: /./ },
    },
    {
      title: "a missing folder",
      from: 'checkpoint("nothing")',
      said: { code: "V927", message: /the folder does not exist/, help: /./ },
    },
  ])("$title", async ({ from, size = 8, said: { code, message, help } }) => {
    const { spec, stage } = begun(from, { size });
    await expect(tryFile(stage, spec)).rejects.toMatchObject({
      ...{ code, message: expect.stringMatching(message), help: expect.stringMatching(help) },
    });
  });

  test.each([
    ["experts.fusoin", "V505: `experts.fusoin` selects nothing"],
    ['"nothing.*"', "V505: `nothing.*` selects nothing"],
  ])("`fresh: %s`, already in the checker", (fresh, said) => {
    expect(specWith(`checkpoint("x.pt") { fresh: ${fresh} }`).said.join("\n")).toContain(said);
  });
});
