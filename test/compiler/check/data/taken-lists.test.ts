// Classes and answers of a data block: a list, a file, or the list of another data block.
import { describe, expect, it } from "vitest";
import { check, specOf } from "../check.js";

const train = 'data train: questions { format: jsonl, records: "train.jsonl" }';
const rest = (answers: string): string =>
  `data rest: questions { format: jsonl, records: "rest.jsonl", answers: ${answers} }`;

describe("a list of names", () => {
  it.each<[written: string, setting: unknown]>([
    ['["yes", "no"]', ["yes", "no"]],
    ['"answers.txt"', "answers.txt"],
    ["from(train)", { from: "train" }],
    ["list", ["red"]],
  ])("may be %s", (written, setting) => {
    const params = written === "list" ? 'param list = ["red"]\n' : "";
    const spec = specOf(`vlmo 1\n${params}${train}\n${rest(written)}\n`);
    expect(spec.data.get("rest")?.settings).toMatchObject({ answers: setting });
  });

  it("may be taken from data that are declared later, imported, or take it from others themselves", () => {
    const files = {
      "main.vlmo": `vlmo 1\nimport { train } from "./more.vlmo"\n${rest("from(middle)")}
data middle: questions { format: jsonl, records: "m.jsonl", answers: from(train) }\n`,
      "more.vlmo": `vlmo 1\n${train}\n`,
    };
    const taken = specOf(files).data.get("rest")?.lists?.["answers"];
    expect(taken?.name).toBe("middle");
    expect(taken?.lists?.["answers"]).toMatchObject({ name: "train", span: { file: { path: "more.vlmo" } } });
  });

  it("is inherited by `extends`; for folders it is `classes`", () => {
    const spec = specOf(`vlmo 1
data birds: labelled_images { format: folder, images: "train" }
data seen extends birds { images: "val", classes: from(birds) }
data more extends seen { images: "more", classes: ["owl"], allow: "/mnt/disk" }
`);
    expect(spec.data.get("seen")?.lists?.["classes"]?.name).toBe("birds");
    expect(spec.data.get("more")).toMatchObject({ settings: { classes: ["owl"], allow: ["/mnt/disk"] } });
    expect(spec.data.get("more")?.lists).toBeUndefined();
  });

  it("may be taken from masks too", () => {
    const spec = specOf(`vlmo 1
data cells: masks { format: folder, images: "train", masks: "train_masks", classes: ["background", "cell"] }
data seen: masks { format: folder, images: "val", masks: "val_masks", classes: from(cells) }
`);
    expect(spec.data.get("seen")?.lists?.["classes"]?.name).toBe("cells");
  });

  it.each<[written: string, said: string, help?: string]>([
    ["from(nobody)", "V106 there is no data set `nobody`"],
    ["from(world)", "V207 `from` must be data that have answers: `questions`, not world"],
    ['from("train")', "V204 `from` wants the name of a data set, and this is a string"],
    ["form(train)", "V209 there is no list of names `form`", "did you mean `from`?"],
    [
      "train",
      "V204 `answers` wants a list of names, a file of them, or `from(DATA)`, and this is the name `train`",
      "write `from(train)`",
    ],
    ["3", "V204 `answers` wants a list of names, a file of them, or `from(DATA)`, and this is the number 3"],
    ["[]", "V207 `answers` must be a list of at least 1, not one of 0"],
    ['["a", "a"]', 'V202 `"a"` is given twice', "keep one of the two"],
    ["from(rest)", "V207 `from` must be data that take no list from these, not `rest` → `rest`"],
  ])("%s is reported", (written, said, help = expect.stringMatching(/\w/)) => {
    const world = "data world: pairs { format: shapes }";
    const { diagnostics } = check(`vlmo 1\n${train}\n${world}\n${rest(written)}\n`);
    const [first] = diagnostics;
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([said]);
    expect(first?.help).toEqual(help);
  });

  it("taken in a cycle is reported once", () => {
    const other = rest("from(third)").replace("rest:", "third:").replace("from(third)", "from(rest)");
    const { diagnostics } = check(`vlmo 1\n${rest("from(third)")}\n${other}\n`);
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      "V207 `from` must be data that take no list from these, not `rest` → `third` → `rest`",
    ]);
  });
});
