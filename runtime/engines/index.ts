// The engines by name. Each is imported when it is opened, so that unused ones cost no start-up time.
import { knownBackend, knownPrecision, type EngineName } from "./backends.js";
import type { Engine, EngineOptions } from "./engine.js";

export { largest, type Ranks } from "./ranks.js";
export type { Engine, EngineOptions, Executable, Handle, Handles } from "./engine.js";

/** Opens an engine. Rejects with a typed error if its library cannot be loaded. */
export type EngineFactory = (options: EngineOptions) => Promise<Engine>;

/** By the name that `--engine` takes. Opening throws VlmoError if a library cannot be loaded. */
export const engines = {
  reference: async (options) => {
    knownBackend("reference", options.backend);
    const precision = knownPrecision("reference", options.precision);
    return (await import("./reference.js")).createReference(precision);
  },
  tfjs: async (options) => {
    knownPrecision("tfjs", options.precision);
    return (await import("./tfjs/engine.js")).createTfjs(options);
  },
  ort: async (options) => {
    knownPrecision("ort", options.precision);
    return (await import("./ort/engine.js")).createOrt(options);
  },
  torch: async (options) => (await import("./torch/engine.js")).createTorch(options),
} satisfies { readonly [Name in EngineName]: EngineFactory };
