// What the ort engine promises beyond numbers: handles that keep theirs, in place or not, and errors by name.
import { afterAll, describe, expect, test, vi } from "vitest";
import { createOrt } from "../../../../runtime/engines/ort/engine.js";
import { testHandles } from "../../../support/handles.js";

describe.each(["koffi", "binding"])("the ort engine through %s", async (kind) => {
  vi.stubEnv("VLMO_ORT", kind === "binding" ? "binding" : "");
  const engine = await createOrt({ threads: 1, backend: null });
  vi.unstubAllEnvs();
  afterAll(() => engine.dispose());

  test("says what runs", () => {
    expect(engine.name).toBe("ort");
    expect(engine.description).toMatch(kind === "koffi" ? /^ort 1\.\d+\.\d+ \(1 thread\)$/ : /\(1 thread, binding\)$/);
  });

  test("float64 data become float32", async () => {
    const handle = engine.create({ dtype: "float32", shape: [1], data: Float64Array.of(0.1) });
    expect((await engine.read(handle)).data).toEqual(Float32Array.of(0.1));
  });

  testHandles(() => engine);
});
