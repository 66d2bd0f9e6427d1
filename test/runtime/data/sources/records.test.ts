// Records with several texts, in any format.
import { describe, expect, it } from "vitest";

import type { DataKind } from "../../../../runtime/data/sources/data-set.js";
import { openSource } from "../../../support/sources.js";
import { itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

async function open(kind: DataKind, records: readonly object[]) {
  await disk.write({ "records.jsonl": records.map((each) => `${JSON.stringify(each)}\n`).join(""), "red.png": null });
  return openSource("jsonl", kind, { records: "records.jsonl" }, disk.folder);
}

const good = { image: "red.png", text: "a red field", label: "true" };

describe("a record with several texts", () => {
  it("gives one sample per text, with the label or answers at the same index", async () => {
    const set = await open("statements", [{ ...good, text: ["one", "two"], label: ["true", "false"] }, good]);
    expect(itemsOf(set).map(({ name, text, label }) => [name, text, label])).toEqual([
      ["records.jsonl:1[0]", "one", 1],
      ["records.jsonl:1[1]", "two", 0],
      ["records.jsonl:2", "a red field", 1],
    ]);
    const asked = await open("questions", [{ ...good, text: ["one?", "two?"], answer: ["yes", ["no", "no", "yes"]] }]);
    expect(itemsOf(asked).map(({ answers }) => answers?.length)).toEqual([1, 2]);
  });

  it("is reported if the labels do not match in number, or a text is empty", async () => {
    const lines = [
      good,
      { ...good, text: ["one", "two"], label: ["true"] },
      { ...good, text: ["one", " "], label: [1, 1] },
    ];
    expect(await disk.mistakes(open("statements", lines))).toEqual([
      "V913 records.jsonl:2 the field `label` should be a list of 2, one for each text, but is a list of 1",
      "V914 records.jsonl:3 the field `text[1]` is an empty text: it has no tokens",
    ]);
  });
});
