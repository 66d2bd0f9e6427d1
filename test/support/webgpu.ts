// Whether WebGPU is asked for (`npm run test:webgpu`: a driver for processors compiles shaders slowly) and has something to compute
// with: a GPU that VK_ICD_FILENAMES names, or else Chromium's driver. What needs it is left out otherwise, and says so.
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

/** VK_PHYSICAL_DEVICE_TYPE_CPU; another than SwiftShader may lack what WebGPU wants. */
const processor = 4;

function devices(): readonly Device[] {
  const { stdout } = spawnSync(process.execPath, ["runtime/engines/ort/vulkan.mjs"], { encoding: "utf8" });
  // What vulkan.mjs writes.
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
  console.log(`skipped: the numbers of ort on webgpu (${reason})`);
}
