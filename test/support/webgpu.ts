// Whether WebGPU has something to compute with: a GPU that VK_ICD_FILENAMES names, or else Chromium's driver for processors. What
// needs it is left out where there is neither, and says so.
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

export const hasWebgpu = devices().some(({ name, type }) => type !== processor || name.startsWith("SwiftShader"));
if (!hasWebgpu) {
  console.log("skipped: the numbers of ort on webgpu (no Vulkan driver; Debian's chromium and libvulkan1 bring one)");
}
