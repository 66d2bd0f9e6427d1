// What a session computes, keeps and refuses, for both bindings to ONNX Runtime.
import { child } from "./child.js";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HostArray } from "../../../../runtime/engines/ort/session.js";
import type { options } from "./models.js";
import { add, chain, f32, floats, i32, ints, model, zeros } from "./models.js";
import { create, refusal, releaseAll, run, type Arrays } from "./sessions.js";

afterEach(() => {
  releaseAll();
  vi.unstubAllEnvs();
});

const graphs = [
  {
    op: "MatMul",
    bytes: model(
      [{ op: "MatMul", inputs: ["a", "b"], outputs: ["c"] }],
      [f32("a", 2, 2), f32("b", 2, 1)],
      [f32("c", 2, 1)],
    ),
    inputs: { a: floats([2, 2], [1, 2, 3, 4]), b: floats([2, 1], [5, 6]) },
    shape: [2, 1],
    expected: [17, 39],
  },
  {
    op: "FusedMatMul with a transpose and a scale",
    bytes: model(
      [
        {
          op: "FusedMatMul",
          domain: "com.microsoft",
          inputs: ["a", "b"],
          outputs: ["c"],
          attributes: { transA: 1, transB: 0, alpha: { float: 0.5 } },
        },
      ],
      [f32("a", 2, 2), f32("b", 2, 1)],
      [f32("c", 2, 1)],
    ),
    inputs: { a: floats([2, 2], [1, 2, 3, 4]), b: floats([2, 1], [5, 6]) },
    shape: [2, 1],
    expected: [11.5, 17],
  },
  {
    op: "Gather with int32 indices",
    bytes: model(
      [{ op: "Gather", inputs: ["t", "i"], outputs: ["c"], attributes: { axis: 0 } }],
      [f32("t", 3, 2), i32("i", 2)],
      [f32("c", 2, 2)],
    ),
    inputs: { t: floats([3, 2], [1, 2, 3, 4, 5, 6]), i: ints([2], [2, 0]) },
    shape: [2, 2],
    expected: [5, 6, 1, 2],
  },
  {
    op: "Add of scalars",
    bytes: model([{ op: "Add", inputs: ["a", "b"], outputs: ["c"] }], [f32("a"), f32("b")], [f32("c")]),
    inputs: { a: floats([], [1.5]), b: floats([], [2]) },
    shape: [],
    expected: [3.5],
  },
  {
    op: "Add of tensors without elements",
    bytes: model([{ op: "Add", inputs: ["a", "b"], outputs: ["c"] }], [f32("a", 0, 3), f32("b", 3)], [f32("c", 0, 3)]),
    inputs: { a: floats([0, 3], []), b: floats([3], [1, 2, 3]) },
    shape: [0, 3],
    expected: [],
  },
  {
    op: "Add of a constant and an input, the other input unread",
    bytes: model(
      [{ op: "Add", inputs: ["a", "k"], outputs: ["c"] }],
      [f32("a", 2), f32("unread", 1)],
      [f32("c", 2)],
      [{ name: "k", dtype: "float32", shape: [2], data: Float32Array.of(10, 20) }],
    ),
    inputs: { a: floats([2], [1, 2]), unread: floats([1], [0]) },
    shape: [2],
    expected: [11, 22],
  },
];

describe.each(["koffi", "binding"] as const)("a session through %s", (kind) => {
  const createKind = async (bytes: Uint8Array, overrides: Partial<typeof options> = {}) => {
    vi.stubEnv("VLMO_ORT", kind === "binding" ? "binding" : "");
    return create(bytes, overrides);
  };

  it("reports its binding and version", async () => {
    const session = await createKind(add());
    expect(session).toMatchObject({ kind, version: "1.30.0", inputs: ["a", "b"], outputs: ["c"] });
  });

  it.each(graphs)("computes $op", async ({ bytes, inputs, shape, expected }) => {
    const session = await createKind(bytes);
    const c = zeros(...shape);
    await run(session, inputs as unknown as Arrays, { c });
    expect([...c.data]).toEqual(expected);
  });

  it("writes an output in place of an input if both share memory", async () => {
    const session = await createKind(add());
    const state = floats([2], [1, 2]);
    for (let i = 0; i < 3; i++) await run(session, { a: state, b: floats([2], [10, 20]) }, { c: state });
    expect([...state.data]).toEqual([31, 62]);
  });

  it("accepts views into a larger buffer", async () => {
    const session = await createKind(add());
    const all = Float32Array.of(9, 1, 2, 9, 0, 0, 9);
    const [a, c] = [all.subarray(1, 3), all.subarray(4, 6)].map((data): HostArray => ({
      dtype: "float32",
      shape: [2],
      data,
    }));
    if (a === undefined || c === undefined) throw new Error("internal: two views");
    await run(session, { a, b: a }, { c });
    expect([...all]).toEqual([9, 1, 2, 9, 2, 4, 9]);
  });

  it("computes the requested outputs only", async () => {
    const bytes = model(
      [
        { op: "Neg", inputs: ["a"], outputs: ["n"] },
        { op: "Abs", inputs: ["a"], outputs: ["p"] },
      ],
      [f32("a", 1)],
      [f32("n", 1), f32("p", 1)],
    );
    const p = zeros(1);
    await run(await createKind(bytes), { a: floats([1], [-4]) }, { p });
    expect([...p.data]).toEqual([4]);
  });

  it("refuses bytes that are not a model", async () => {
    const error = await refusal(createKind(Uint8Array.of(1, 2, 3)));
    expect(error.code).toBe("engine/model-rejected");
    expect(error.message).toMatch(/protobuf/i);
  });

  it("refuses a model with an unknown operator, naming it", async () => {
    const bytes = model([{ op: "Frobnicate", inputs: ["a"], outputs: ["c"] }], [f32("a", 1)], [f32("c", 1)]);
    const error = await refusal(createKind(bytes));
    expect(error.code).toBe("engine/model-rejected");
    expect(error.message).toContain("Frobnicate");
  });

  it("refuses a model with an int64 output", async () => {
    const bytes = model(
      [{ op: "Shape", inputs: ["a"], outputs: ["c"] }],
      [f32("a", 2, 3)],
      [{ name: "c", dtype: "int64", shape: [2] }],
    );
    const error = await refusal(createKind(bytes));
    expect(error).toMatchObject({ code: "engine/model-rejected", message: "`c` is not float32, int32 or uint8" });
  });

  const good = floats([2], [1, 2]);
  const detached = floats([2], [1, 2]);
  structuredClone(detached.data.buffer, { transfer: [detached.data.buffer] as ArrayBuffer[] });
  it.each([
    { wrong: "a missing input", a: undefined, message: "input `a` (f32[2]) is missing" },
    { wrong: "another shape", a: floats([3], [1, 2, 3]), message: "input `a` is f32[2], but got f32[3]" },
    { wrong: "another type", a: ints([2], [1, 2]), message: "input `a` is f32[2], but got i32[2]" },
    {
      wrong: "too little data",
      a: { ...good, data: Float32Array.of(1) } as HostArray,
      message: "input `a` is f32[2], but its data is a Float32Array of 1",
    },
    {
      wrong: "an array that was transferred away",
      a: detached,
      message: "input `a` is f32[2], but its data is a Float32Array of 0",
    },
  ])("refuses $wrong", async ({ a, message }) => {
    const session = await createKind(add());
    const error = await refusal(run(session, { ...(a === undefined ? {} : { a }), b: good }, { c: zeros(2) }));
    expect(error).toMatchObject({ code: "engine/wrong-feed", message });
  });

  it("refuses unknown input and output names", async () => {
    const session = await createKind(add());
    const feed = await refusal(run(session, { a: good, b: good, z: good }, { c: zeros(2) }));
    expect(feed.message).toBe("the model has no input `z`; it has a, b");
    const fetch = await refusal(run(session, { a: good, b: good }, { z: zeros(2) }));
    expect(fetch.message).toBe("the model has no output `z`; it has c");
  });

  it("reports errors within a run, and remains usable", async () => {
    const bytes = model(
      [{ op: "Gather", inputs: ["t", "i"], outputs: ["c"] }],
      [f32("t", 3), i32("i", 1)],
      [f32("c", 1)],
    );
    const session = await createKind(bytes);
    const t = floats([3], [1, 2, 3]);
    const c = zeros(1);
    const error = await refusal(run(session, { t, i: ints([1], [7]) }, { c }));
    expect(error.code).toBe("engine/run-failed");
    expect(error.message).toMatch(/indices.*bounds/);
    await run(session, { t, i: ints([1], [2]) }, { c });
    expect([...c.data]).toEqual([3]);
  });

  it("finishes pending runs before release, and refuses later ones", async () => {
    const session = await createKind(add());
    const c = zeros(2);
    const last = run(session, { a: good, b: good }, { c });
    session.release();
    await last;
    expect([...c.data]).toEqual([2, 4]);
    const error = await refusal(run(session, { a: good, b: good }, { c }));
    expect(error.code).toBe("engine/session-released");
  });

  it("runs two sessions concurrently", async () => {
    const sessions = await Promise.all([createKind(chain(96, 8)), createKind(chain(96, 8))]);
    const eye = zeros(96, 96);
    for (let i = 0; i < 96; i++) eye.data[i * 97] = 1;
    const results = await Promise.all(
      sessions.flatMap((session, s) =>
        Array.from({ length: 4 }, async (_, i) => {
          const x = zeros(96, 96);
          x.data.fill(s * 10 + i);
          const y = zeros(96, 96);
          await run(session, { x, w: eye }, { y });
          return y.data[5];
        }),
      ),
    );
    expect(results).toEqual([0, 1, 2, 3, 10, 11, 12, 13]);
  });

  it("exits cleanly with sessions unreleased", async () => {
    expect(await child(kind, "await session.run(feeds, fetches); console.log(fetches.get('y').data[0]);")).toBe("3\n");
  }, 120_000);
});

describe("a session through koffi", () => {
  it("does not block the main thread during a run", async () => {
    const session = await create(chain(512, 60));
    const [x, w, y] = [zeros(512, 512), zeros(512, 512), zeros(512, 512)];
    await run(session, { x, w }, { y });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const start = performance.now();
    for (let i = 0; i < 3; i++) await run(session, { x, w }, { y });
    const elapsed = performance.now() - start;
    clearInterval(timer);
    expect(elapsed).toBeGreaterThan(20);
    // A blocked event loop ticks once per run. Other programs may take most of the CPU, but not nearly all.
    expect(ticks).toBeGreaterThan(elapsed / 20);
  });

  it("survives garbage collection between sessions, before and during a run", async () => {
    const code = `
      const collect = async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise((next) => setTimeout(next, 2)); } };
      session.release();
      await collect();
      const second = await create(1);
      await collect();
      const running = second.run(new Map(feeds), new Map(fetches));
      await collect();
      await running;
      console.log(y.data[0]);`;
    expect(await child("koffi", code, 300)).toBe("3\n");
  }, 120_000);

  it("exits cleanly during a run", async () => {
    const code = "for (let i = 0; i < 3; i++) void session.run(feeds, fetches); setTimeout(() => process.exit(0), 1);";
    expect(await child("koffi", code, 600)).toBe("");
  }, 120_000);

  it("exits during a load without waiting for it, after other exit handlers", async () => {
    const code = `
      const began = performance.now();
      await createSession(chain(4, 20_000), options);
      const load = performance.now() - began;
      process.on("exit", () => console.log(JSON.stringify({ load, asked: Date.now() })));
      void createSession(chain(4, 20_000), options);
      setTimeout(() => process.exit(0), 1);`;
    const { load, asked } = JSON.parse(await child("koffi", code));
    expect(Date.now() - asked).toBeLessThan(load / 2);
  }, 120_000);
});
