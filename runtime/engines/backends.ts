// The backends that users can choose of an engine.
import type { EngineName } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** By engine; empty where there is nothing to choose. */
export const backends = {
  reference: [],
  ort: [],
  tfjs: ["cpu", "wasm", "node", "node-gpu"],
  torch: ["cpu", "cuda"],
} as const satisfies Record<EngineName, readonly string[]>;

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
      ? ["", `choose one of ${names.join(", ")}`]
      : [", nor any other to choose from", "leave out --backend, or name an engine that has it"];
  throw vlmoError("V966", { engine, reason: `it has no backend \`${name}\`${rest}` }, { help });
}
