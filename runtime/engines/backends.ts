// Names of engines and of their backends. Apart from the code that opens engines, so that no command loads one to know its
// options.
import type { PixelType, Precision } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** By engine, the default first; empty if there is no choice. */
export const backends = {
  ort: ["cpu", "webgpu", "auto"],
  tfjs: ["cpu", "wasm", "node", "node-gpu"],
  torch: ["cpu", "cuda"],
  reference: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** The name of an engine. */
export type EngineName = keyof typeof backends;

/** The precisions of each engine, the default first. */
const precisionsOf: Readonly<Record<EngineName, readonly Precision[]>> = {
  ort: ["float32"],
  tfjs: ["float32"],
  torch: ["float32", "tf32", "bfloat16"],
  reference: ["float32", "bfloat16"],
};

/** The precision, float32 if none is given. Throws V994 if the engine does not support it. */
export function knownPrecision(engine: EngineName, precision: Precision = "float32"): Precision {
  if (precisionsOf[engine].includes(precision)) return precision;
  throw vlmoError("V994", { what: `the engine \`${engine}\``, precision });
}

/** By engine: how its inputs are supplied. */
export const feeding: Readonly<Record<EngineName, Feeding>> = {
  ort: { pixels: "float32", ahead: 0, doubles: false },
  tfjs: { pixels: "float32", ahead: 0, doubles: false },
  torch: { pixels: "uint8", ahead: 1, doubles: false },
  reference: { pixels: "float32", ahead: 0, doubles: true },
};

/** How the inputs of an engine are supplied. */
export interface Feeding {
  /** The element type of images in training batches: uint8 if they are sent to another process, float32 if read in place. */
  readonly pixels: PixelType;
  /** Steps in flight: how many are submitted before the losses of an earlier one are awaited. */
  readonly ahead: 0 | 1;
  /** Whether it computes in float64 on float64 inputs. */
  readonly doubles: boolean;
}

/** Engines for which `--compile` changes anything. */
const compilers: ReadonlySet<EngineName> = new Set(["torch"]);

/** Whether to compile. Throws V544 if the engine has no `--compile`. */
export function knownToCompile(engine: EngineName, compile: boolean): boolean {
  if (!compile || compilers.has(engine)) return compile;
  throw vlmoError("V544", { engine });
}

/** Engines that support training by several processes. */
const distributed: ReadonlySet<EngineName> = new Set(["torch"]);

/** Whether an engine supports training by several processes. */
export function trainsInRanks(engine: EngineName): boolean {
  return distributed.has(engine);
}

/** Whether an engine computes on CUDA devices. */
export function usesCuda(engine: EngineName): boolean {
  const names: readonly string[] = backends[engine];
  return names.includes("cuda");
}

/** In the order of help texts. */
export const engineNames = Object.keys(backends) as readonly EngineName[]; // the keys of the table

/** The end of a help sentence: an engine that has a backend of this name. */
function elsewhere(name: string): string {
  const engine = engineNames.find((each) => backends[each].some((known) => known === name));
  return engine === undefined ? "" : `; \`--engine ${engine}\` has it`;
}

/** The backend of that name; null stays null: the engine chooses. Throws V966 if the engine has no such backend. */
export function knownBackend<Name extends EngineName>(
  engine: Name,
  name: string | null,
): (typeof backends)[Name][number] | null {
  const names: readonly (typeof backends)[Name][number][] = backends[engine];
  const found = names.find((known) => known === name);
  if (found !== undefined || name === null) return found ?? null;
  const [rest, help] =
    names.length > 0
      ? ["", `choose one of ${names.join(", ")}${elsewhere(name)}`]
      : [", nor any other to choose from", "leave out --backend, or name an engine that has it"];
  throw vlmoError("V966", { engine, reason: `it has no backend \`${name}\`${rest}` }, { help });
}
