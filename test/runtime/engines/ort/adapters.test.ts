// Messages on machines without a WebGPU adapter.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { findAdapter } from "../../../../runtime/engines/ort/adapters.js";
import { createOrt } from "../../../../runtime/engines/ort/engine.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-drivers-"));
const [absent, garbage, empty] = ["absent.json", "garbage.json", "empty.json"].map((name) => join(folder, name));
writeFileSync(garbage ?? "", "no driver's file");
const libraries = { file_format_version: "1.0.0", ICD: { library_path: join(folder, "no.so"), api_version: "1.0.5" } };
writeFileSync(empty ?? "", JSON.stringify(libraries));

afterEach(() => vi.unstubAllEnvs());

const rows = [
  { title: "a missing driver file", file: absent, reason: /absent\.json` .*is not there$/ },
  { title: "an invalid driver file", file: garbage, reason: /Vulkan (finds no driver|is not installed)$/ },
  { title: "a driver with a missing library", file: empty, reason: /Vulkan (finds no driver|is not installed)$/ },
];

describe.skipIf(process.platform !== "linux")("looking for a GPU", () => {
  test.each(rows)("$title is reported", async ({ file, reason }) => {
    vi.stubEnv("VK_ICD_FILENAMES", file);
    const error = await findAdapter().catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "V946", message: expect.stringMatching(reason) });
    await expect(createOrt({ threads: 1, backend: "webgpu" })).rejects.toMatchObject({ code: "V946" });
  });

  test("`auto` uses the CPU without a GPU", async () => {
    vi.stubEnv("VK_ICD_FILENAMES", absent);
    const engine = await createOrt({ threads: 1, backend: "auto" });
    expect(engine.description).toMatch(/\(1 thread\)$/);
    engine.dispose();
  });
});
