// Completion at a cursor, within a file and across files, in incomplete texts.
import { describe, expect, test } from "vitest";
import { edited, mark, open, type Opened } from "./open.js";
import { both, changed, data, main } from "./spec.js";

function suggested(opened: Opened): string[] {
  return opened.server.completion(opened.uri, opened.position).map(({ label }) => label);
}

const at = (from: string, to: string): Opened => {
  const opened = open(both(main));
  opened.wait();
  return Object.assign(opened, cursorIn(opened, changed([from, to])));
};

/** A document as if just typed, after a valid version. */
function cursorIn(opened: Opened, written: string): Pick<Opened, "position"> {
  const other = open({ "main.vlmo": written });
  opened.change("main.vlmo", other.texts.get("main.vlmo") ?? "");
  return { position: other.position };
}

describe("completion suggests", () => {
  test.each<[what: string, from: string, to: string, has: readonly string[], lacks: readonly string[]]>([
    ["keys of a model", "  layers: 4\n", `  la${mark}\n`, ["layers", "norm", "drop_path"], ["width", "model"]],
    ["keys on an empty line", "  layers: 4\n", `  ${mark}\n`, ["layers", "init"], ["width"]],
    ["keys of a section", "heads: 2, ", `${mark}, `, ["heads", "bias", "share"], ["position", "layers"]],
    ["keys of a head by its kind", "temperature: 0.07 }", `${mark} }`, ["temperature", "fused", "pool"], ["mask"]],
    ["missing keys of a stage", "  batch: 32\n", `  ${mark}\n`, ["batch", "freeze"], ["learn", "data"]],
    ["heads to learn", "learn: itc + itm", `learn: ${mark}`, ["itc", "itm"], ["Small", "coco", "first"]],
    ["heads after an operator", "learn: itc + itm", `learn: itc + ${mark}`, ["itm"], ["coco"]],
    ["heads after a weight", "learn: itc + itm", `learn: itc + 0.25 * ${mark}`, ["itm"], ["coco"]],
    ["models", "model: Small", `model: ${mark}`, ["Small"], ["itc", "first"]],
    ["data, also imported", "data: coco", `data: ${mark}`, ["coco"], ["itc"]],
    ["constructors", "optimizer: adamw(lr: 1e-3)", `optimizer: ${mark}`, ["adamw", "sgd", "lion"], ["cosine"]],
    ["arguments", "adamw(lr: 1e-3)", `adamw(${mark})`, ["lr", "betas", "clip"], []],
    ["arguments not given yet", "adamw(lr: 1e-3)", `adamw(lr: 1e-3, ${mark})`, ["betas"], ["lr"]],
    ["arguments before the closing parenthesis", "adamw(lr: 1e-3)", `adamw(lr: 1e-3, ${mark}`, ["betas"], ["lr"]],
    ["values of an enumeration", "from: pool", `from: ${mark}`, ["pool", "local"], ["itc"]],
    ["heads as an argument", "hard(itc,", `hard(${mark},`, ["itc", "itm"], ["coco"]],
    ["features that fit the head", "matching(pair.pooled)", `matching(${mark})`, ["pair.pooled"], ["image.cls"]],
    ["features after a dot", "contrastive(image.cls", `contrastive(image.${mark}`, ["cls"], ["pooled"]],
    ["kinds of heads", "head itm: matching(pair.pooled)", `head itm: ${mark}`, ["matching", "classify"], ["pairs"]],
    ["layers", "on top 2", `on ${mark}`, ["all", "none", "top", "bottom"], ["itc"]],
    ["parts of the model", "freeze: attention", `freeze: ${mark}`, ["attention", "experts.vision", "all"], ["coco"]],
    ["experts after a dot", "experts.vision", `experts.${mark}`, ["vision", "fusion"], ["itc"]],
    ["heads after a dot", "parameters(first, heads.itc)", `parameters(first, heads.${mark})`, ["itc"], ["vision"]],
    ["stages after `from`", "extends first from first", `extends first from ${mark}`, ["first"], ["Small", "itc"]],
    ["stages to extend", "extends first from first", `extends ${mark}`, ["first"], ["Small"]],
    ["clauses", "stage second extends first from first {", `stage second ${mark} {`, ["extends", "from"], ["Small"]],
    ["stages to evaluate", "using second", `using ${mark}`, ["first", "second"], ["coco"]],
    ["metrics", "recall(1, 5, head: itc)", `${mark}`, ["recall", "accuracy"], []],
    ["facts", "pool(first, itm) == 32", `${mark}`, ["parameters", "pool", "memory"], []],
    [
      "stages as arguments of a measured quantity",
      "pool(first, itm)",
      `pool(${mark}, itm)`,
      ["first", "Small"],
      ["itc"],
    ],
    ["heads of a pool", "pool(first, itm)", `pool(first, ${mark})`, ["itm"], ["first"]],
    ["curves", "loss.itc.last", `loss.${mark}`, ["itc", "last"], ["coco"]],
    [
      "experts of a list",
      "stages(second) == [first, second]",
      `experts(Small, layer: 1) == [${mark}`,
      ["vision"],
      ["first"],
    ],
    ["statements of a test", "  loss.itc.last < 100\n", `  ${mark}\n`, ["train", "loss", "unchanged"], ["coco"]],
    [
      "stages, `scratch` and `checkpoint` after `from`",
      "from first {",
      `from ${mark} {`,
      ["first", "scratch", "checkpoint"],
      ["coco"],
    ],
    ["parts as keys", "adamw(lr: 1e-3)", `adamw(lr: 1e-3, factors: { heads.${mark}`, ["itc"], ["lr"]],
    ["stages to train", "train first for", `train ${mark} for`, ["first", "second"], ["itc"]],
    ["types of params", "side: px", `side: ${mark}`, ["px", "ratio"], []],
    ["params in place of a value", "size: side", `size: ${mark}`, ["side"], ["itc"]],
    ["keywords of declarations", "/// A small one.\n", `${mark}\n`, ["model", "stage", "param"], ["layers"]],
    ["names of the imported file", "{ coco }", `{ coco, ${mark} }`, ["books"], ["coco"]],
    ["arguments of an expert", "ratio: 2) on top 2", `${mark}) on top 2`, ["ratio", "activation"], []],
    ["views of an expert", "ffn(pair, ratio: 2)", `ffn(${mark}, ratio: 2)`, ["image", "text", "pair"], ["ratio"]],
    ["changes by path", "optimizer.lr: 1e-4", `optimizer.${mark}: 1e-4`, ["lr", "betas"], ["learn"]],
    ["keys of a model in `with`", "optimizer.lr: 1e-4", `with { ${mark} }`, ["text", "experts"], ["learn"]],
  ])("%s", (_, from, to, ...[has, lacks]) => {
    const labels = suggested(at(from, to));
    expect(labels).toEqual(expect.arrayContaining([...has]));
    expect(labels.filter((label) => lacks.includes(label))).toEqual([]);
  });

  test.each([
    ["pixels", "side: px = 32px", `side: px = 32${mark}`, []],
    ["pixels of a key", "patch: 16px", `patch: 16${mark}`, ["px"]],
    ["a partly written unit of pixels", "patch: 16px", `patch: 16p${mark}`, ["px"]],
    ["steps", "optimizer.lr: 1e-4", `validate: every 5${mark}`, ["steps", "epochs"]],
  ])("as units %s", (_, from, to, units) => {
    expect(suggested(at(from, to))).toEqual(units);
  });

  test.each([
    ["in a comment", "/// Both at once.", `/// Both ${mark} at once.`],
    ["in a string", 'expect "sizes"', `expect "si${mark}zes"`],
    ["where a new name is declared", "head itc:", `head it${mark}c:`],
  ])("nothing %s", (_, from, to) => {
    expect(suggested(at(from, to))).toEqual([]);
  });

  test("keys of data by their format", () => {
    const opened = open({ "data.vlmo": data.replace("scenes: 640", mark) });
    expect(suggested(opened)).toEqual(expect.arrayContaining(["scenes", "grid", "seed"]));
    expect(suggested(opened)).not.toContain("records");
    expect(suggested(open({ "data.vlmo": data.replace("format: shapes, scenes: 640", mark) }))).toEqual(["format"]);
  });

  test("file paths of imports", () => {
    const opened = open({ "main.vlmo": changed(['"./data.vlmo"', `"./${mark}"`]) }, { disk: { "data.vlmo": data } });
    expect(suggested(opened)).toEqual(["./data.vlmo"]);
  });
});

describe("a suggestion", () => {
  const item = (opened: Opened, label: string) =>
    opened.server.completion(opened.uri, opened.position).find((each) => each.label === label);
  const taken = (opened: Opened, label: string): string => {
    const found = item(opened, label);
    const edit = found?.textEdit;
    if (found === undefined || edit === undefined || !("range" in edit)) throw new Error(`no ${label}`);
    return edited(opened.texts.get("main.vlmo") ?? "", [edit, ...(found.additionalTextEdits ?? [])]);
  };

  test("replaces the word at the cursor", () => {
    expect(taken(at("model: Small", `model: S${mark}ma`), "Small")).toBe(main);
    expect(taken(at("width: 32", `wid${mark}: 32`), "width")).toContain("\n  width: : 32");
  });

  test("imports what another file declares", () => {
    const written = changed(['import { coco } from "./data.vlmo"\n', ""], ["data: coco", `data: ${mark}`]);
    const opened = open(
      { "main.vlmo": written.replace("evaluate retrieval on coco", "evaluate retrieval on books") },
      { disk: { "data.vlmo": data } },
    );
    expect(item(opened, "coco")?.detail).toBe("data of ./data.vlmo");
    expect(taken(opened, "coco")).toContain('vlmo 1\n\nimport { coco } from "./data.vlmo"\n\n');
  });

  test("adds to an import of the same file", () => {
    const opened = open({ "main.vlmo": changed(["data: coco", `data: ${mark}`]) }, { disk: { "data.vlmo": data } });
    expect(taken(opened, "books")).toContain('import { coco, books } from "./data.vlmo"');
  });

  test("does not create an import cycle", () => {
    const opened = open({ "data.vlmo": data.replace("scenes: 640", `items: ${mark}`), "main.vlmo": main });
    expect(suggested(opened)).not.toContain("side");
  });

  test("has snippet placeholders only for a client that supports them", () => {
    const written = both(changed(["optimizer: adamw(lr: 1e-3)", `optimizer: ${mark}`]));
    expect(item(open(written), "adamw")?.textEdit).toMatchObject({ newText: "adamw()" });
    const filled = item(open(written, { snippets: true }), "adamw");
    expect(filled).toMatchObject({ textEdit: { newText: "adamw(lr: $1)" }, insertTextFormat: 2 });
  });

  test("has its documentation and default", () => {
    expect(item(at("  layers: 4\n", `  ${mark}\n`), "drop_path")).toMatchObject({
      detail: "ratio, by default 0%",
      documentation: { value: expect.stringContaining("dropped residual branches") },
    });
  });
});
