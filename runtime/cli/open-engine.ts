// The engine that a command line names, opened.
import { availableParallelism } from "node:os";
import { engines, type Engine, type EngineFactory } from "../engines/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { EngineChoice } from "./options.js";
import type { Session } from "./session.js";

const factories: Readonly<Partial<Record<EngineChoice["engine"], EngineFactory>>> = engines;

/**
 * Opens it, and remarks what a user should know of it. Throws V966 and V994 where it cannot do what is asked, or the engine's
 * own error where its library does not load.
 */
export async function openEngine(
  { engine, backend, threads, precision, shares = false }: EngineChoice & { readonly shares?: boolean },
  session: Session,
): Promise<Engine> {
  const open = factories[engine];
  if (open === undefined) throw vlmoError("V966", { engine, reason: "this version does not hold it" });
  const opened = await open({
    threads: threads ?? availableParallelism(),
    backend: backend ?? null,
    shares,
    ...(precision !== undefined && { precision }),
  });
  if (opened.notice !== undefined) session.remark(`${session.colours.yellow("note:")} ${opened.notice}`);
  return opened;
}
