// Guarantees of the ort engine beyond its results: stable handles, in place or not, and errors with names.
import { afterAll, describe, expect, test, vi } from "vitest";
import { createOrt } from "../../../../runtime/engines/ort/engine.js";
import { testHandles } from "../../../support/handles.js";

describe.each(["koffi", "binding"])("the ort engine through %s", async (kind) => {
  vi.stubEnv("VLMO_ORT", kind === "binding" ? "binding" : "");
  const engine = await createOrt({ threads: 1, backend: null });
  vi.unstubAllEnvs();
  afterAll(() => engine.dispose());

  test("describes its runtime", () => {
    expect(engine.name).toBe("ort");
    expect(engine.description).toMatch(kind === "koffi" ? /^ort 1\.\d+\.\d+ \(1 thread\)$/ : /\(1 thread, binding\)$/);
  });

  test("converts float64 data to float32", async () => {
    const handle = engine.create({ dtype: "float32", shape: [1], data: Float64Array.of(0.1) });
    expect((await engine.read(handle)).data).toEqual(Float32Array.of(0.1));
  });

  testHandles(() => engine);
});
