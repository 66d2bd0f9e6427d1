// The GPUs that WebGPU can use. On Linux Vulkan, which it is built on, lists them; elsewhere they are not listed.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { bytesText, schedule, sizeOf, typeText, type Graph, type TensorType } from "../../../compiler/index.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";

/** A device for WebGPU. */
export interface Adapter {
  readonly name: string;
  /** Whether it is a software device, computing on the CPU. */
  readonly software: boolean;
  /** Bytes of the largest possible tensor. */
  readonly largestBuffer: number;
}

/** VkPhysicalDeviceType in WebGPU's order of preference: discrete, integrated, virtual, other, CPU. */
const preference = [2, 1, 3, 0, 4];
const processor = 4;

const answerSchema = z.union([
  z.object({ missing: z.enum(["loader", "driver"]) }),
  z.object({ devices: z.array(z.object({ name: z.string(), type: z.number(), largestBuffer: z.number() })) }),
]);

const patience = 30_000;

/** The adapter that WebGPU will choose; null if that cannot be known (not Linux). Rejects with V946 if there is none. */
export async function findAdapter(): Promise<Adapter | null> {
  if (process.platform !== "linux") return null;
  const named = namedDrivers();
  if (named.length > 0 && !named.some((file) => existsSync(file)))
    throw noGpu(`the driver file \`${named[0]}\` that ${driverVariables.join(" or ")} names is not there`, drivers);
  const answer = await ask();
  if ("missing" in answer)
    throw answer.missing === "loader"
      ? noGpu("Vulkan is not installed", loader)
      : noGpu("Vulkan finds no driver", drivers);
  const [best] = answer.devices.toSorted((a, b) => preference.indexOf(a.type) - preference.indexOf(b.type));
  if (best === undefined) throw noGpu("Vulkan finds no device", drivers);
  return { name: best.name, software: best.type === processor, largestBuffer: best.largestBuffer };
}

/** V946 with a reason. */
export function noGpu(reason: string, help: string = drivers, cause?: unknown): VlmoError {
  return vlmoError("V946", { reason }, { help, cause });
}

/** ONNX Runtime's message about a device that does not open, without the location in its source. */
export function deviceWords(message: string): string {
  return (/Failed to get a WebGPU (?:adapter|device).*/.exec(message)?.[0] ?? message).trim();
}

/** Throws V947 for the first tensor of a program that is larger than `largest` bytes. */
export function expectFits(graph: Graph, largest: number): void {
  const expect = (words: string, type: TensorType): void => {
    const bytes = 4 * sizeOf(type.shape);
    if (bytes <= largest) return;
    const tensor = `${words} (${typeText(type)})`;
    throw vlmoError("V947", { tensor, program: graph.name, needs: bytesText(bytes), largest: bytesText(largest) });
  };
  for (const { name, value } of graph.inputs) expect(`\`${name}\``, value.type);
  for (const [name, { type }] of graph.outputs) expect(`\`${name}\``, type);
  for (const { node } of schedule(graph))
    for (const { type } of node.outputs) expect(`a result of \`${node.op}\``, type);
}

const loader =
  "install the Vulkan loader (Debian: `apt-get install libvulkan1`) and the GPU's driver, or leave out --backend";
const drivers =
  "install the GPU's Vulkan driver (of NVIDIA's also in containers: NVIDIA_DRIVER_CAPABILITIES=graphics,compute), name its file in VK_ICD_FILENAMES, or leave out --backend";

const driverVariables = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] as const;

function namedDrivers(): readonly string[] {
  const value = driverVariables.map((name) => process.env[name] ?? "").find((text) => text !== "") ?? "";
  return value.split(":").filter((file) => file !== "");
}

async function ask(): Promise<z.infer<typeof answerSchema>> {
  const run = promisify(execFile)(process.execPath, [join(import.meta.dirname, "vulkan.mjs")], { timeout: patience });
  // A driver may list its devices and crash when the process ends.
  const { stdout, end } = await run.then(
    ({ stdout }) => ({ stdout, end: null }),
    (error: Failed) => ({ stdout: error.stdout, end: error }),
  );
  if (stdout !== "") return answerSchema.parse(JSON.parse(stdout));
  if (end?.killed) throw noGpu(`the Vulkan driver did not answer in ${patience / 1000} seconds`, drivers, end);
  throw noGpu(
    `the Vulkan driver ended the process that asked for its devices (${end?.signal ?? "exit"})`,
    drivers,
    end,
  );
}

/** What `execFile` rejects with. */
interface Failed extends Error {
  readonly stdout: string;
  readonly killed: boolean;
  readonly signal: string | null;
}
