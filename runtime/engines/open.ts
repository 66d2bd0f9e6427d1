// Opens an engine by name and options.
import { availableParallelism } from "node:os";
import type { Precision } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { knownToCompile, type EngineName } from "./backends.js";
import type { Engine, EngineOptions } from "./engine.js";
import { engines, type EngineFactory } from "./index.js";

/** The options of an engine. */
export interface EngineChoice {
  /** Default `ort`. */
  readonly engine?: EngineName;
  readonly backend?: string;
  /** Default all cores. */
  readonly threads?: number;
  /** Default `float32`. */
  readonly precision?: Precision;
  /** Whether programs are compiled (torch.compile) before they run; default no. */
  readonly compile?: boolean;
}

const factories: Readonly<Partial<Record<EngineName, EngineFactory>>> = engines;

/**
 * Opens the engine; `shares`: as one of several processes. Throws V544, V966 and V994 for what it does not support, and the
 * engine's own error if its library cannot be loaded.
 */
export async function openEngine({
  engine = "ort",
  backend,
  threads,
  precision,
  compile = false,
  ...rest
}: EngineChoice & Pick<EngineOptions, "shares" | "compiling">): Promise<Engine> {
  const open = factories[engine];
  if (open === undefined) throw vlmoError("V966", { engine, reason: "this version does not hold it" });
  return open({
    threads: threads ?? availableParallelism(),
    backend: backend ?? null,
    compile: knownToCompile(engine, compile),
    ...rest,
    ...(precision !== undefined && { precision }),
  });
}
