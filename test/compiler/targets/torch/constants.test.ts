// Constants as PyTorch makes them: by a rule where they follow one, and the same numbers.
import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { constantExpression } from "../../../../compiler/targets/torch/constants.js";
import { isLong } from "../../../support/long.js";
import { hasTorch, python } from "../../../support/torch.js";

type Row = readonly [what: string, data: Float32Array | Int32Array, shape: readonly number[], written: string];

const rows: readonly Row[] = [
  ["one number", Float32Array.of(-0), [2, 3], "full((2, 3), -0.0"],
  ["numbers that are all the same", Int32Array.of(7, 7), [2], "full((2,), 7"],
  ["samples by number", Int32Array.of(0, 1, 2, 3), [4, 1], "arange(4"],
  ["whole numbers going down", Float32Array.of(3, 2, 1, 0), [4], "arange(3, -1, -1"],
  ["an identity", Float32Array.of(1, 0, 0, 1), [2, 2], "eye(2"],
  ["an identity in other axes", Int32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), [1, 9], "eye(3"],
  ["a progression that float32 rounds", Float32Array.of(0, 0.1, 0.2, 0.3), [4], "tensor([0, "],
  [
    "one whose steps float32 does not see",
    Float32Array.of(2 ** 25, 2 ** 25, 2 ** 25 + 4, 2 ** 25 + 8),
    [4],
    "tensor([",
  ],
  ["one that begins with a negative zero", Float32Array.of(-0, 1, 2, 3), [4], "tensor([-0.0, "],
  ["an identity but for a sign", Float32Array.of(1, -0, 0, 1), [2, 2], "tensor([1, -0.0, "],
  ["what is no number", Float32Array.of(NaN, NaN), [2], 'full((2,), float("nan")'],
  ["few numbers", Int32Array.of(0, 1), [2], "tensor([0, 1]"],
];

const dtypeOf = (data: Row[1]) => (data instanceof Int32Array ? "int32" : "float32");
const expressionOf = ([, data, shape]: Row): string => constantExpression(data, { dtype: dtypeOf(data), shape });

test.each(rows)("%s", (...row) => {
  expect(expressionOf(row)).toContain(`torch.${row[3]}`);
});

test.runIf(isLong && hasTorch)("PyTorch makes the numbers that were given, to the bit", () => {
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
