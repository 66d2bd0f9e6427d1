// Constants as PyTorch expressions: by a rule if they follow one, with the same values.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { constantExpression } from "../../../../compiler/targets/torch/constants.js";
import { isLong } from "../../../support/long.js";
import { hasTorch, python } from "../../../support/torch.js";

type Row = readonly [what: string, data: Float32Array | Int32Array, shape: readonly number[], written: string];

const rows: readonly Row[] = [
  ["one number", Float32Array.of(-0), [2, 3], "full((2, 3), -0.0"],
  ["equal numbers", Int32Array.of(7, 7), [2], "full((2,), 7"],
  ["sample indices", Int32Array.of(0, 1, 2, 3), [4, 1], "arange(4"],
  ["descending integers", Float32Array.of(3, 2, 1, 0), [4], "arange(3, -1, -1"],
  ["an identity", Float32Array.of(1, 0, 0, 1), [2, 2], "eye(2"],
  ["an identity along other axes", Int32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), [1, 9], "eye(3"],
  ["an arithmetic progression rounded by float32", Float32Array.of(0, 0.1, 0.2, 0.3), [4], "tensor([0, "],
  [
    "an arithmetic progression with steps below float32's resolution",
    Float32Array.of(2 ** 25, 2 ** 25, 2 ** 25 + 4, 2 ** 25 + 8),
    [4],
    "tensor([",
  ],
  ["an arithmetic progression from negative zero", Float32Array.of(-0, 1, 2, 3), [4], "tensor([-0.0, "],
  ["an identity with one sign changed", Float32Array.of(1, -0, 0, 1), [2, 2], "tensor([1, -0.0, "],
  ["NaN", Float32Array.of(NaN, NaN), [2], 'full((2,), float("nan")'],
  ["few numbers", Int32Array.of(0, 1), [2], "tensor([0, 1]"],
];

const dtypeOf = (data: Row[1]) => (data instanceof Int32Array ? "int32" : "float32");
const expressionOf = ([, data, shape]: Row): string => constantExpression(data, { dtype: dtypeOf(data), shape });

test.each(rows)("%s", (...row) => {
  expect(expressionOf(row)).toContain(`torch.${row[3]}`);
});

test.runIf(isLong && hasTorch)("PyTorch evaluates the expressions to the given values, bit for bit", () => {
  const code = `import json, torch
device = "cpu"
made = [${rows.map(expressionOf).join(", ")}]
print(json.dumps([[list(each.shape), str(each.dtype), bytes(each.contiguous().view(torch.uint8).flatten().tolist()).hex()] for each in made]))`;
  const said: unknown = JSON.parse(execFileSync(python, ["-c", code], { encoding: "utf8" }));
  const wanted = rows.map(([, data, shape]) => {
    const size = shape.reduce((product, each) => product * each, 1);
    const numbers = data.length === size ? data : new Float32Array(size).fill(data[0] ?? 0);
    return [shape, `torch.${dtypeOf(data)}`, Buffer.from(numbers.buffer).toString("hex")];
  });
  expect(said).toEqual(wanted);
});
