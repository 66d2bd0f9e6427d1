// The Python text of a graph. Its values are compared with the reference in test/conformance.
import { describe, expect, test } from "vitest";
import { createGraph, input, lower, targets, writeTorch, type Value } from "../../../../compiler/index.js";
import { layerNorm, linear } from "../../../../compiler/ops/composite.js";
import { gather, scatterAdd } from "../../../../compiler/ops/indexing.js";
import { matmul } from "../../../../compiler/ops/linear.js";
import { argmax } from "../../../../compiler/ops/reduction.js";
import { constant, fill, pad, reshape, sum } from "../../../../compiler/ops/structure.js";
import { equal, mul } from "../../../../compiler/ops/elementwise.js";
import { adamw } from "../../../../compiler/ops/optimizer.js";

const f32 = (...shape: number[]): Value["type"] => ({ dtype: "float32", shape });

test("a program is a function from named tensors to named tensors that frees tensors after their last use", () => {
  const ids = input("ids", "batch", { dtype: "int32", shape: [3] });
  const table = input("table", "parameter", f32(9, 4));
  const weight = input("weight", "parameter", f32(2, 4));
  const rows = gather(table.value, ids.value);
  const affine = { weight: fill(1, [4]), bias: constant([4], Float32Array.of(0.5, -1, Infinity, 0)) };
  const logits = linear(layerNorm(rows, affine, 1e-6), weight.value, fill(0, [2]));
  const outputs = new Map([
    ["scores", matmul(logits, logits, { transB: true, alpha: 0.25 })],
    ["same", equal(logits, mul(logits, fill(2)))],
    ["best", argmax(logits, 1)],
    ["sum", sum(pad(logits, 0, 1, 2), [0, 1])],
    ["next.table", scatterAdd(ids.value, rows, 9)],
  ]);
  const graph = createGraph("small", [ids, table, weight], outputs);
  expect(writeTorch(lower(graph, targets.torch))).toMatchInlineSnapshot(`
    """"The program small, written by vlmo."""
    import torch


    def load(device):
        c0 = torch.full((4,), 1, dtype=torch.float32, device=device)
        c1 = torch.tensor([0.5, -1, float("inf"), 0], dtype=torch.float32, device=device)
        c2 = torch.full((2,), 0, dtype=torch.float32, device=device)
        c3 = torch.full((), 2, dtype=torch.float32, device=device)

        def run(inputs, into={}):
            v4 = inputs["ids"]  # i32[3]
            v5 = inputs["table"]  # f32[9,4]
            v6 = inputs["weight"]  # f32[2,4]
            v7 = torch.index_select(v5, 0, v4.reshape(-1)).reshape((3, 4))  # f32[3,4]
            v8, v9, v10 = torch.native_layer_norm(v7, (4,), c0, c1, 0.000001)  # f32[3,4], f32[3,1], f32[3,1]
            del v9, v10
            v11 = torch.nn.functional.linear(v8, v6, c2)  # f32[3,2]
            del v8
            v12 = torch.matmul(v11, v11.mT).mul_(0.25)  # f32[3,3]
            v13 = v11 * c3  # f32[3,2]
            v14 = (v11 == v13).to(torch.float32)  # f32[3,2]
            del v13
            v15 = v11.argmax(dim=1).to(torch.int32)  # i32[3]
            v16 = torch.nn.functional.pad(v11, (0, 0, 1, 2))  # f32[6,2]
            del v11
            v17 = v16.sum(dim=(0, 1), keepdim=False, dtype=torch.float32)  # f32[]
            del v16
            v18 = torch.zeros((9, 4), device=device).index_add_(0, v4, v7)  # f32[9,4]
            del v7
            return {
                "scores": v12,
                "same": v14,
                "best": v15,
                "sum": v17,
                "next.table": v18,
            }

        return run
    "
  `);
});

describe("updates of AdamW", () => {
  const scalars = ["lr", "correction1", "correction2"].map((name) => input(name, "scalar", f32()));
  const [lr, correction1, correction2] = scalars.map(({ value }) => value) as [Value, Value, Value];
  const tensors = ["p", "m", "v", "g"].map((name) => input(name, "state", f32(3, 2)));
  const [parameter, m, v, gradient] = tensors.map(({ value }) => value) as [Value, Value, Value, Value];
  const attributes = { beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0.01, factor: 1, variant: "torch" } as const;
  const next = adamw({ parameter, m, v, gradient, lr, correction1, correction2 }, attributes);
  const updated = [["next.p", next.parameter], ["next.m", next.m], ["next.v", next.v]] as const; // prettier-ignore
  const text = (...others: readonly (readonly [string, Value])[]): string => {
    const graph = createGraph("update", [...scalars, ...tensors], new Map([...others, ...updated]));
    return writeTorch(lower(graph, targets.torch));
  };

  test("are computed in place, in the tensors of their results", () => {
    const [, body] = /v6 = inputs.*\n([^]*)return \{/.exec(text()) ?? [];
    expect(body?.replaceAll(/^ {8}/gm, "").trim()).toMatchInlineSnapshot(`
      "v7 = own(v3, into.get("next.p"))
      v8 = own(v4, into.get("next.m"))
      v9 = own(v5, into.get("next.v"))
      step = torch.log1p(-v2) / -0.020202707317519466
      torch._fused_adamw_([v7], [v6.contiguous()], [v8], [v9], [], [step] * 1, lr=v0 * 1, beta1=0.9, beta2=0.98, weight_decay=0.01, eps=1e-8, amsgrad=False, maximize=False)"
    `);
  });

  test("come after every read of the old parameters", () => {
    const scores = matmul(parameter, parameter, { transB: true });
    expect(text(["scores", scores])).toMatch(/torch\.matmul\([^]*torch\._fused_adamw_\(/);
  });

  test.each([
    ["is an output", parameter],
    ["shares its memory with one", reshape(parameter, [6])],
    ["is read together with its new value", mul(parameter, next.parameter)],
  ])("are not in place if the parameter %s", (_, value) => {
    const written = text(["other", value]);
    expect(written).toMatch(/ = v\d+\.clone\(\)$/m);
    expect(written).not.toContain('into.get("next.p")');
    expect(written).toContain('into.get("next.m")');
  });
});
