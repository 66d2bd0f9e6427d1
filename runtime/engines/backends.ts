// The engines by the names that users give, and the backends that they can choose of each. Said apart from what opens
// an engine, so that no command loads one to know its options.
import type { PixelType, Precision } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** By engine, the usual one first; empty where there is nothing to choose. */
export const backends = {
  ort: ["cpu", "webgpu", "auto"],
  tfjs: ["cpu", "wasm", "node", "node-gpu"],
  torch: ["cpu", "cuda"],
  reference: [],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** What computes. */
export type EngineName = keyof typeof backends;

/** By engine: the precisions that it computes in, the usual one first. */
const precisionsOf: Readonly<Record<EngineName, readonly Precision[]>> = {
  ort: ["float32"],
  tfjs: ["float32"],
  torch: ["float32", "tf32", "bfloat16"],
  reference: ["float32", "bfloat16"],
};

/** The precision, float32 where none is given. Throws V994 where the engine does not compute in it. */
export function knownPrecision(engine: EngineName, precision: Precision = "float32"): Precision {
  if (precisionsOf[engine].includes(precision)) return precision;
  throw vlmoError("V994", { what: `the engine \`${engine}\``, precision });
}

/** By engine: how tensors are passed to it. */
export const feeding: Readonly<Record<EngineName, Feeding>> = {
  ort: { pixels: "float32", ahead: 0, doubles: false },
  tfjs: { pixels: "float32", ahead: 0, doubles: false },
  torch: { pixels: "uint8", ahead: 1, doubles: false },
  reference: { pixels: "float32", ahead: 0, doubles: true },
};

/** What an engine wants of those that feed it. */
export interface Feeding {
  /** What the pixels of training batches are: levels where they travel, numbers where they are read as they lie. */
  readonly pixels: PixelType;
  /** Steps that it is given before the losses of the one before them are waited for. */
  readonly ahead: 0 | 1;
  /** Whether it computes on numbers of 64 bits where it is given them. */
  readonly doubles: boolean;
}

/** Those that compile programs further than they always do. */
const compilers: ReadonlySet<EngineName> = new Set(["torch"]);

/** Whether to compile. Throws V544 where that is asked of an engine that does not. */
export function knownToCompile(engine: EngineName, compile: boolean): boolean {
  if (!compile || compilers.has(engine)) return compile;
  throw vlmoError("V544", { engine });
}

/** Those of which several processes may train together. */
const distributed: ReadonlySet<EngineName> = new Set(["torch"]);

/** Whether several processes of the engine may train together. */
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

/** The engine that has a backend of a name, as an end of advice. */
function elsewhere(name: string): string {
  const engine = engineNames.find((each) => backends[each].some((known) => known === name));
  return engine === undefined ? "" : `; \`--engine ${engine}\` has it`;
}

/** The backend of that name; null stays null, which leaves the choice to the engine. Throws V966 where it has none such. */
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
