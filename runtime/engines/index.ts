// The engines by the name users give. Each is imported when it is opened, so that nobody pays for those not used.
import type { EngineName } from "../../compiler/index.js";
import { vlmoError } from "../vlmo-error.js";
import type { Engine, EngineOptions } from "./engine.js";

export type { Engine, EngineOptions, Executable, Handle, Handles } from "./engine.js";

/** Opens an engine. Rejects with a typed error where its library cannot be loaded. */
export type EngineFactory = (options: EngineOptions) => Promise<Engine>;

export const engines = {
  reference: async (options) => {
    expectNoBackend("reference", options);
    return (await import("./reference.js")).createReference();
  },
  tfjs: async (options) => (await import("./tfjs/engine.js")).createTfjs(options),
  ort: async (options) => {
    expectNoBackend("ort", options);
    return (await import("./ort/engine.js")).createOrt(options);
  },
  torch: async (options) => (await import("./torch/engine.js")).createTorch(options),
} satisfies { readonly [Name in EngineName]: EngineFactory };

function expectNoBackend(engine: EngineName, { backend }: EngineOptions): void {
  if (backend === null) return;
  const reason = `it has no backend \`${backend}\`, nor any other to choose from`;
  throw vlmoError("V966", { engine, reason }, { help: "leave out --backend, or name an engine that has it" });
}
