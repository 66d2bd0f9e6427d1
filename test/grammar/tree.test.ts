// Walking the syntax tree: the order of visits, and the path to an offset.
import { expect, test } from "vitest";
import { createSource, nodesAt, parse, visit } from "../../grammar/index.js";

const text = "vlmo 1\nmodel A {\n  experts { fusion: ffn(pair) on top 2 }\n}\n";
const { file } = parse(createSource("a.vlmo", text));

test.each([
  ["fusion", "file model block section block setting reference segment name"],
  ["pair", "file model block section block setting placement call argument reference segment name"],
  ["top", "file model block section block setting placement top_layers"],
  ["vlmo", "file"],
])("the path to `%s`", (word, path) => {
  const kinds = nodesAt(file, text.indexOf(word) + 1).map(({ kind }) => kind);
  expect(kinds.join(" ")).toBe(path);
});

test("nodes are visited in text order, parents before children", () => {
  const seen: string[] = [];
  visit(file, (node, height) => {
    if (node.kind === "name" || node.kind === "block")
      seen.push(`${height} ${node.kind === "name" ? node.text : "block"}`);
  });
  expect(seen).toEqual(["2 A", "2 block", "6 experts", "4 block", "8 fusion", "10 ffn", "11 pair"]);
});
