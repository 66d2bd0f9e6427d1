// Every gradient rule against central differences, and against the op's expansion if it has one, in float64.
import { describe, expect, test } from "vitest";
import { definitionOf } from "../../compiler/index.js";
import { createReference } from "../../runtime/engines/reference.js";
import { centralDifferences } from "../support/differences.js";
import { evaluate, expectClose } from "../support/evaluate.js";
import { forwardGraph, gradientGraph, tensorsOf, type Case } from "./case.js";
import { cases } from "./cases.js";

const engine = createReference();

/** Rules hold constants such as 2/√π in float32, which limits them to six correct digits. */
const differences = { absolute: 1e-7, relative: 1e-6 };

const isComposite = ({ op }: Case): boolean => definitionOf(op).kind === "composite";
const ownsGradient = (row: Case): boolean => typeof definitionOf(row.op).gradient === "function";
/** A composite without a rule is differentiated through its expansion. */
const throughExpansion = (row: Case): boolean => isComposite(row) && !ownsGradient(row);

const rows = (filter: (row: Case) => boolean): [string, Case][] =>
  cases.filter(filter).map((row) => [row.title, row] as const);
const flowing = (row: Case): string[] =>
  row.inputs.flatMap(({ dtype }, i) => (dtype === "int32" || row.still.includes(i) ? [] : [`d${i}`]));

describe("exactly the stated inputs receive cotangents", () => {
  test.each(rows(() => true))("%s", (_, row) => {
    expect([...gradientGraph(row, throughExpansion(row)).outputs.keys()]).toEqual(flowing(row));
  });
});

describe("gradients agree with central differences", () => {
  test.each(rows((row) => row.smooth && flowing(row).length > 0))("%s", async (_, row) => {
    const tensors = tensorsOf(row);
    const cotangents = await evaluate(engine, gradientGraph(row, throughExpansion(row)), tensors);
    const weights = new Map(
      row.seeded.flatMap((i) => {
        const weight = tensors.get(`w${i}`);
        return weight === undefined ? [] : [[`y${i}`, weight] as const];
      }),
    );
    for (const [name, cotangent] of cotangents) {
      const measured = await centralDifferences(engine, forwardGraph(row), tensors, {
        name: name.replace("d", "x"),
        weights,
      });
      expectClose(cotangent, measured, differences);
    }
  });
});

describe("a composite's gradient rule agrees with its expansion", () => {
  test.each(rows((row) => isComposite(row) && ownsGradient(row)))("%s", async (_, row) => {
    const tensors = tensorsOf(row);
    const own = await evaluate(engine, gradientGraph(row), tensors);
    const expanded = await evaluate(engine, gradientGraph(row, true), tensors);
    expect([...own.keys()]).toEqual([...expanded.keys()]);
    for (const [name, cotangent] of own) {
      expectClose(cotangent, expanded.get(name), { absolute: 1e-9, relative: 1e-7 });
    }
  });
});
