// Parsing any input never throws, never hangs, and gives spans inside the file.
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSource, type Node, parse, renderAll, renderJson, visit } from "../../grammar/index.js";
import { variantFile, wholeFile } from "./examples.js";

const pieces = (
  "vlmo 1 import param model head data stage finetune evaluate expect test extends from checkpoint scratch on using " +
  "train changed unchanged trace for in every all none top bottom layers steps epochs true false name 12 0.5e3 10k 3foo 1_0 5% 224px { } ( ) [ ] " +
  ': ; , .. . ± == != <= >= < > = + - * / "text" "open \'single\' @ # // /// é \\'
).split(" ");

function wellFormed(text: string): void {
  const { file, diagnostics } = parse(createSource("fuzz.vlmo", text));
  renderAll(diagnostics);
  for (const { range } of diagnostics.map(renderJson)) {
    expect(range.start.offset).toBeLessThanOrEqual(range.end.offset);
    expect(range.end.offset).toBeLessThanOrEqual(text.length);
  }
  const open: Node[] = [];
  visit(file, (node, height) => {
    open.length = height;
    const above = open.at(-1);
    const inside = above === undefined || (above.span.start <= node.span.start && node.span.end <= above.span.end);
    if (!inside) throw new Error(`${node.kind} ${node.span.start}..${node.span.end} sticks out of ${above?.kind}`);
    open.push(node);
  });
}

const words = fc.array(fc.constantFrom(...pieces, "\n", "\n  "), { maxLength: 60 });

test("any sequence of tokens is parsed", () => {
  fc.assert(
    fc.property(words, fc.constantFrom("", "vlmo 1\n", "vlmo 1\nmodel A {\n"), (row, before) => {
      wellFormed(before + row.join(" "));
    }),
    { seed: 1, numRuns: 250 },
  );
});

/** Arbitrary characters, lone surrogates included; fast-check's own generator first builds a table of all of them. */
const anyText = fc.array(fc.nat(0x10ffff).map(String.fromCodePoint), { maxLength: 200 });

test("any text is parsed", () => {
  fc.assert(
    fc.property(anyText, (characters) => {
      wellFormed(characters.join(""));
    }),
    { seed: 1, numRuns: 150 },
  );
});

const spec = fc.constantFrom(wholeFile, variantFile);

test("an example with parts removed, duplicated or replaced is parsed", () => {
  const edit = fc.record({ at: fc.nat(2400), length: fc.nat(12), put: words.map((row) => row.slice(0, 3).join(" ")) });
  fc.assert(
    fc.property(spec, fc.array(edit, { minLength: 1, maxLength: 4 }), (text, edits) => {
      let changed = text;
      for (const { at, length, put } of edits) changed = changed.slice(0, at) + put + changed.slice(at + length);
      wellFormed(changed);
    }),
    { seed: 1, numRuns: 150 },
  );
});

test("an example with one bracket missing or duplicated has at most three mistakes", () => {
  const text = wholeFile;
  const brackets = [...text.matchAll(/[{}()[\]]/g)].map((match) => match.index);
  for (const at of brackets) {
    for (const changed of [text.slice(0, at) + text.slice(at + 1), text.slice(0, at) + text[at] + text.slice(at)]) {
      const { diagnostics } = parse(createSource("fuzz.vlmo", changed));
      if (diagnostics.length === 0 || diagnostics.length > 3) throw new Error(renderAll(diagnostics));
    }
  }
});
