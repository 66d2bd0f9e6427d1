// The engines by the name users give. Each is imported when it is opened, so that nobody pays for those not used.
import { knownBackend, knownPrecision, type EngineName } from "./backends.js";
import type { Engine, EngineOptions } from "./engine.js";

export { largest, type Ranks } from "./ranks.js";
export type { Engine, EngineOptions, Executable, Handle, Handles } from "./engine.js";

/** Opens an engine. Rejects with a typed error where its library cannot be loaded. */
export type EngineFactory = (options: EngineOptions) => Promise<Engine>;

/** By the name that `--engine` takes; opening throws VlmoError where a library does not load. */
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
