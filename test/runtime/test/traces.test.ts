// The file of recorded traces: reading, writing, comparing.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference, parseTraces, printTraces, traceFile, traceTitle } from "../../../runtime/test/traces.js";

const text = `# Recorded by \`vlmo test --update\` on an engine. A \`trace\` of the specification compares with it.

"it \\"learns\\"": loss of vision
  1  1.5
  2  0.000012
`;

it("a file is written back unchanged", () => {
  const traces = [{ title: traceTitle('it "learns"', "loss", "vision"), values: [1.5, 1.2e-5] }];
  expect(parseTraces(text)).toEqual(traces);
  expect(printTraces(traces, "an engine")).toBe(text);
});

it("every series is read back as written, up to float32 precision", () => {
  const series = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.string(), series, (title, values) => {
      const printed = printTraces([{ title: traceTitle(title, "lr", "a"), values }], "x");
      const read = parseTraces(printed);
      if ("line" in read) throw new Error(`line ${read.line}: ${read.reason}`);
      expect(read.map((trace) => trace.title)).toEqual([traceTitle(title, "lr", "a")]);
      expect(difference(values, read[0]?.values ?? [], { amount: 0, relative: true })).toBeNull();
    }),
    { seed: 1, numRuns: 100 },
  );
});

describe("an invalid line is reported", () => {
  it.each([
    ["1  2", 1, "no title above"],
    ['"a": loss of b\n1  2\n3  4', 3, "step 2 is wanted"],
    ['"a": loss of b\n\n1  two', 3, "STEP VALUE"],
    ["# fine\nnot fine", 2, "STEP VALUE"],
  ])("%j", (wrong, line, reason) => {
    expect(parseTraces(wrong)).toEqual({ line, reason: expect.stringContaining(reason) });
  });
});

describe("two series are compared by step with a tolerance", () => {
  const share = (amount: number) => ({ amount, relative: true });
  const by = (amount: number) => ({ amount, relative: false });

  it.each([
    { title: "the same", found: [1, 2], recorded: [1, 2], tolerance: by(0), words: null },
    {
      title: "within a relative tolerance",
      found: [1.01, 99],
      recorded: [1, 100],
      tolerance: share(0.01),
      words: null,
    },
    {
      title: "beyond a relative tolerance",
      found: [1.02, 99],
      recorded: [1, 100],
      tolerance: share(0.01),
      words: "step 1 is 1.02 and was 1",
    },
    { title: "within an absolute tolerance", found: [-1.4], recorded: [-1], tolerance: by(0.5), words: null },
    {
      title: "beyond an absolute tolerance",
      found: [-1.6],
      recorded: [-1],
      tolerance: by(0.5),
      words: "step 1 is -1.6 and was -1",
    },
    {
      title: "NaN",
      found: [Number.NaN],
      recorded: [1],
      tolerance: share(9),
      words: "step 1 is NaN and was 1",
    },
    {
      title: "lengths",
      found: [1],
      recorded: [1, 2],
      tolerance: share(9),
      words: "it has 1 steps, and 2 were recorded",
    },
    {
      title: "many steps",
      found: [1, 1, 1, 1, 1],
      recorded: [2, 2, 2, 2, 1],
      tolerance: share(0),
      words: "step 1 is 1 and was 2, step 2 is 1 and was 2, step 3 is 1 and was 2, … (4 of 5 steps)",
    },
  ])("$title", ({ found, recorded, tolerance, words }) => {
    expect(difference(found, recorded, tolerance)).toBe(words);
  });
});

it("the file is next to its specification", () => {
  expect(traceFile("specs/tests.vlmo")).toBe("specs/tests.traces.txt");
});
