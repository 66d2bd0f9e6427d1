// Whether a GPU can be had here, or Chromium's software driver in place of one. What needs it is left out where there is
// neither, and says so.
import { existsSync } from "node:fs";

const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";

process.env["VK_ICD_FILENAMES"] ??= swiftShader;
process.env["XDG_RUNTIME_DIR"] ??= "/tmp";

export const hasWebgpu = existsSync(process.env["VK_ICD_FILENAMES"]);
if (!hasWebgpu) {
  console.log(`skipped: the numbers of ort on webgpu (no Vulkan driver; Debian's chromium brings ${swiftShader})`);
}
