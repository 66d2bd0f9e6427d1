// An engine by its name and the choices that users have.
import { availableParallelism } from "node:os";
import type { Precision } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { knownToCompile, type EngineName } from "./backends.js";
import type { Engine, EngineOptions } from "./engine.js";
import { engines, type EngineFactory } from "./index.js";

/** What computes, and how. */
export interface EngineChoice {
  /** Default `ort`. */
  readonly engine?: EngineName;
  readonly backend?: string;
  /** Default all cores. */
  readonly threads?: number;
  /** Default `float32`. */
  readonly precision?: Precision;
  /** Whether programs are compiled before they run; default no. */
  readonly compile?: boolean;
}

const factories: Readonly<Partial<Record<EngineName, EngineFactory>>> = engines;

/**
 * Opens it; `shares`: for one of several processes. Throws V544, V966 and V994 where it cannot do what is asked, or the engine's
 * own error where its library does not load.
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
