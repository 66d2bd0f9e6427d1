// The engine that a command line names, opened.
import { availableParallelism } from "node:os";
import { engines, type Engine, type EngineFactory } from "../engines/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { EngineChoice } from "./options.js";

const factories: Readonly<Partial<Record<EngineChoice["engine"], EngineFactory>>> = engines;

/** Opens it. Throws V966, or the engine's own error where its library does not load. */
export async function openEngine({
  engine,
  backend,
  threads,
  shares = false,
}: EngineChoice & { readonly shares?: boolean }): Promise<Engine> {
  const open = factories[engine];
  if (open === undefined) throw vlmoError("V966", { engine, reason: "this version does not hold it" });
  return open({ threads: threads ?? availableParallelism(), backend: backend ?? null, shares });
}
