// The file of recorded traces: read, written, compared.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { difference, parseTraces, printTraces, traceFile, traceTitle } from "../../../runtime/test/traces.js";

const text = `# Recorded by \`vlmo test --update\` on an engine. A \`trace\` of the specification compares with it.

"it \\"learns\\"": loss of vision
  1  1.5
  2  0.000012
`;

it("writes what it reads", () => {
  const traces = [{ title: traceTitle('it "learns"', "loss", "vision"), values: [1.5, 1.2e-5] }];
  expect(parseTraces(text)).toEqual(traces);
  expect(printTraces(traces, "an engine")).toBe(text);
});

it("reads every series that it writes, but for what a float32 does not hold", () => {
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

describe("a line that cannot be read is named", () => {
  it.each([
    ["1  2", 1, "no title above"],
    ['"a": loss of b\n1  2\n3  4', 3, "step 2 is wanted"],
    ['"a": loss of b\n\n1  two', 3, "STEP VALUE"],
    ["# fine\nnot fine", 2, "STEP VALUE"],
  ])("%j", (wrong, line, reason) => {
    expect(parseTraces(wrong)).toEqual({ line, reason: expect.stringContaining(reason) });
  });
});

describe("two series differ where a step lies outside of the tolerance", () => {
  const share = (amount: number) => ({ amount, relative: true });
  const by = (amount: number) => ({ amount, relative: false });

  it.each([
    ["the same", [1, 2], [1, 2], by(0), null],
    ["within a share", [1.01, 99], [1, 100], share(0.01), null],
    ["beyond a share", [1.02, 99], [1, 100], share(0.01), "step 1 is 1.02 and was 1"],
    ["within a difference", [-1.4], [-1], by(0.5), null],
    ["beyond a difference", [-1.6], [-1], by(0.5), "step 1 is -1.6 and was -1"],
    ["no number", [Number.NaN], [1], share(9), "step 1 is NaN and was 1"],
    ["lengths", [1], [1, 2], share(9), "it has 1 steps, and 2 were recorded"],
    [
      "many steps",
      [1, 1, 1, 1, 1],
      [2, 2, 2, 2, 1],
      share(0),
      "step 1 is 1 and was 2, step 2 is 1 and was 2, step 3 is 1 and was 2, … (4 of 5 steps)",
    ],
  ])("%s", (_, found, recorded, tolerance, words) => {
    expect(difference(found, recorded, tolerance)).toBe(words);
  });
});

it("stands beside its specification", () => {
  expect(traceFile("specs/tests.vlmo")).toBe("specs/tests.traces.txt");
});
