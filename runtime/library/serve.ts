// A trained model over HTTP, from a program.
import { openEngine, type EngineChoice } from "../engines/open.js";
import type { TrainedModel } from "../predict/model.js";
import { serve as serveOn, type Server } from "../serve/server.js";
import { usualLimits } from "../serve/limits.js";
import { version } from "../version.js";
import { modelAt, type ModelChoice } from "./model.js";
import { warn } from "./notice.js";

/** Where a server listens, and what it allows. */
export interface ServingOptions extends EngineChoice, ModelChoice {
  /** An address of this machine; default 127.0.0.1, which only this machine reaches. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** The most questions per batch; default 16. */
  readonly batch?: number;
}

/** Serves `predict` over HTTP, until it is stopped. Throws VlmoError. */
export async function serve(from: string | TrainedModel, options: ServingOptions = {}): Promise<Server> {
  const { host = "127.0.0.1", port = 0, batch = 16, notice = warn } = options;
  const model = await modelAt(from, options);
  const engine = await openEngine(options);
  const failed = (error: unknown): void =>
    notice(error instanceof Error ? (error.stack ?? error.message) : String(error));
  try {
    const listening = { host, port, batch, limits: usualLimits, version: version() };
    const server = await serveOn({ model, engine, ...listening, failed, noted: notice });
    return {
      ...server,
      stop: async () => {
        await server.stop();
        engine.dispose();
      },
    };
  } catch (error) {
    engine.dispose();
    throw error;
  }
}
