// Whether WebGPU is enabled (`npm run test:webgpu`, as CPU drivers compile shaders slowly) and has an adapter: a GPU by
// VK_ICD_FILENAMES, or else Chromium's CPU driver. Tests that need it are skipped with a message otherwise.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";

if (process.env["VK_ICD_FILENAMES"] === undefined && existsSync(swiftShader)) {
  process.env["VK_ICD_FILENAMES"] = swiftShader;
}
process.env["XDG_RUNTIME_DIR"] ??= "/tmp";

interface Device {
  readonly name: string;
  readonly type: number;
}

/** VK_PHYSICAL_DEVICE_TYPE_CPU; other CPU drivers than SwiftShader may lack features of WebGPU. */
const processor = 4;

function devices(): readonly Device[] {
  const { stdout } = spawnSync(process.execPath, ["runtime/engines/ort/vulkan.mjs"], { encoding: "utf8" });
  // The output of vulkan.mjs.
  const answer = JSON.parse(stdout === "" ? "{}" : stdout) as { readonly devices?: readonly Device[] };
  return answer.devices ?? [];
}

const isAsked = ["webgpu", "long"].includes(process.env["VLMO_TESTS"] ?? "");

export const hasWebgpu =
  isAsked && devices().some(({ name, type }) => type !== processor || name.startsWith("SwiftShader"));
if (!hasWebgpu) {
  const reason = isAsked
    ? "no Vulkan driver; Debian's chromium and libvulkan1 bring one"
    : "`npm run test:webgpu` tries them";
  console.log(`skipped: ort on webgpu (${reason})`);
}
