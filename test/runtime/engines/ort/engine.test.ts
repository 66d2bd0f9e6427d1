// What the ort engine promises beyond numbers: handles that keep theirs, in place or not, and errors by name.
import { afterAll, describe, expect, test, vi } from "vitest";
import { createOrt } from "../../../../runtime/engines/ort/engine.js";
import { createReference } from "../../../../runtime/engines/reference.js";
import { float32, int32 } from "../../../../runtime/tensor.js";
import { trained, training } from "../../../support/trained.js";

describe.each(["koffi", "binding"])("the ort engine through %s", async (kind) => {
  vi.stubEnv("VLMO_ORT", kind === "binding" ? "binding" : "");
  const engine = await createOrt({ threads: 1, backend: null });
  vi.unstubAllEnvs();
  afterAll(() => engine.dispose());

  test("says what runs", () => {
    expect(engine.name).toBe("ort");
    expect(engine.description).toMatch(kind === "koffi" ? /^ort 1\.\d+\.\d+ \(1 thread\)$/ : /\(1 thread, binding\)$/);
  });

  test("handles that are read and written by one run end as on the reference", async () => {
    expect(await trained(engine, 4)).toEqual(await trained(createReference(), 4));
  });

  test("what was read does not change with later runs", async () => {
    const handle = engine.create(float32([2], Float32Array.of(1, 2)));
    const before = await engine.read(handle);
    engine.write(handle, float32([2], Float32Array.of(3, 4)));
    expect([...before.data]).toEqual([1, 2]);
    expect([...(await engine.read(handle)).data]).toEqual([3, 4]);
  });

  test("float64 data become float32", async () => {
    const handle = engine.create({ dtype: "float32", shape: [1], data: Float64Array.of(0.1) });
    expect((await engine.read(handle)).data).toEqual(Float32Array.of(0.1));
  });

  test("a missing input, a wrong type and a released handle are named", async () => {
    const step = await engine.load(training());
    const [good, bad] = [engine.create(float32([2, 2])), engine.create(int32([2, 2]))];
    await expect(step.run(new Map([["x", good]]))).rejects.toThrow("training was run without moment");
    const wrong = new Map([["x", good], ["moment", bad], ["weight", good]]); // prettier-ignore
    await expect(step.run(wrong)).rejects.toThrow("i32[2,2] given for f32[2,2]");
    engine.release(good);
    await expect(engine.read(good)).rejects.toThrow("f32[2,2] was released");
    step.dispose();
  });
});
