// Invalid IR text gives problems with places and never throws.
import { expect, test } from "vitest";
import { parse } from "../../../compiler/ir/parse.js";
import { print } from "../../../compiler/ir/print.js";
import { stream } from "../../../runtime/random.js";
import { randomGraph } from "../../support/random-graph.js";

const head = 'graph "g"\ninput %0: f32[2,3] batch "x"\n';

/** The text after the header, and its problem as `line:column message`. */
const mistakes: readonly [string, string, string][] = [
  ["an unknown operation", "%1: f32[2,3] = cosh(%0)", "3:16 there is no operation cosh"],
  ["an operation with the name of an inherited property", "%1: f32[] = toString()", "3:13 there is no operation toString"],
  ["an undefined value", "%1: f32[2,3] = exp(%7)", "3:20 %7 is not defined above"],
  ["a value defined twice", "%0: f32[2,3] = exp(%0)", "3:1 %0 is defined twice"],
  ["a type other than the operation's result", "%1: f32[3,2] = exp(%0)", "3:1 exp gives f32[2,3], not f32[3,2]"],
  ["an element type of another kind", "%1: f64[2] = exp(%0)", "3:8 f64 is not f32, i32, u8 or bf16"],
  ["incompatible shapes", "%1: f32[2,3] = matmul(%0, %0) {transA=false, transB=false, alpha=1}", "3:16 matmul: [2,3] and [2,3] differ in the inner axis"],
  ["a missing attribute", "%1: f32[2,2] = matmul(%0, %0) {transA=false, transB=true}", "3:16 matmul wants the attribute alpha"],
  ["an attribute of another kind", "%1: f32[3] = sum(%0) {axes=[0], keep=1}", "3:38 false expected, not 1"],
  ["an attribute that the operation does not have", "%1: f32[2,3] = exp(%0) {base=2}", "3:25 exp has no attribute base"],
  ["an inherited attribute name", "%1: f32[2,3] = exp(%0) {constructor=2}", "3:25 exp has no attribute constructor"],
  ["too few inputs", "%1: f32[2,3] = add(%0)", "3:16 add takes (a, b), got 1 inputs"],
  ["too few results", "%1: f32[2,3] = layerNorm(%0, %0, %0) {eps=1}", "3:16 layerNorm: x [2,3], weight [2,3], bias [2,3]"],
  ["trailing text on a line", 'output "y" = %0 %0', "3:17 the line goes on after its statement"],
  ["a truncated line", "%1: f32[2,3] = exp(%0", "3:22 , expected, not the end of the line"],
  ["an invalid character", "%1: f32[2,3] = exp(%0) !", "3:24 ! has no meaning here"],
  ["an input without a role", 'input %1: f32[] weight "w"', "3:24 weight is none of parameter, batch, noise, state, scalar"],
  ["a second input with one name", 'input %1: f32[] batch "x"', "3:26 a second input x"],
  ["a second output with one name", 'output "y" = %0\noutput "y" = %0', "4:12 a second output y"],
  ["a second graph", 'graph "h"', "3:7 a second graph"],
  ["missing data", "%1: f32[9] = constant #0", "3:23 #0 is missing or is not base64 of 32-bit elements"],
  ["data of another length", '%1: f32[9] = constant #0\ndata #0 = "AAAA"', "3:23 #0 is missing or is not base64 of 32-bit elements"],
  ["a broken name", 'output "\\q" = %0', "3:8 the output's name is not a JSON string"],
]; // prettier-ignore

test.each(mistakes)("%s is reported with its place", (_, lines, expected) => {
  const parsed = parse(head + lines);
  if (parsed.ok) throw new Error("parsed");
  expect(parsed.problems.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([expected]);
});

test("one mistake gives one problem, whatever depends on it; two mistakes give two", () => {
  const parsed = parse(
    `${head}%1: f32[2,3] = cosh(%0)\n%2: f32[2,3] = exp(%1)\n%3: f32[2,3] = oops(%2)\noutput "y" = %3`,
  );
  if (parsed.ok) throw new Error("parsed");
  expect(parsed.problems.map(({ line }) => line)).toEqual([3, 5]);
});

test("comments, origins and blank lines are skipped", () => {
  const parsed = parse(`; a golden\n${head}\n%1: f32[2,3] = exp(%0) @ a b.vlmo:1:2\noutput "y;@" = %1 ; check: exp\n`);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect([...parsed.graph.outputs.keys()]).toEqual(["y;@"]);
});

test("a text without a graph line is reported", () => {
  expect(parse("").ok).toBe(false);
});

test("damaged text never throws", () => {
  const random = stream(1, "damage");
  let refused = 0;
  for (let i = 0; i < 400; i++) {
    const text = print(randomGraph(i % 20, 6).graph);
    const start = random.integer(text.length);
    const end = start + random.integer(8);
    const damaged = text.slice(0, start) + random.pick(["", "%", "(", "]", '"', "9", " = ", "\n"]) + text.slice(end);
    if (!parse(damaged).ok) refused++;
  }
  expect(refused).toBeGreaterThan(200);
});
