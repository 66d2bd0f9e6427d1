// A scaled-down run of a specification, for programs.
import { availableParallelism } from "node:os";
import { withPredecessors, type Spec } from "../../compiler/index.js";
import type { EngineChoice } from "../engines/open.js";
import { factsOf, type RehearsalFacts } from "../rehearse/facts.js";
import { createRehearsals } from "../rehearse/rehearse.js";
import { usualRehearsal } from "../rehearse/usual.js";
import { ownStages, stageOf } from "../specs/stages.js";
import { version } from "../version.js";
import { onEngine } from "./model.js";
import type { Notice } from "./notice.js";
import { told } from "./told.js";

/** Size and options of a rehearsal; all have defaults. */
export interface RehearsalOptions extends EngineChoice {
  /** Only these stages, and those that they start from; default all of the file. */
  readonly stages?: readonly string[];
  /** Width of the models; default 48. */
  readonly width?: number;
  /** Optimizer steps of a stage; default 3. */
  readonly steps?: number;
  /** Called with notices for the user; by default Node prints them as warnings. */
  readonly notice?: Notice;
}

/**
 * Runs a scaled-down copy of every stage on synthetic samples, and yields each when it is done; the next stage waits for the
 * reader, and leaving the loop ends it. No files remain. Throws VlmoError.
 */
export function rehearse(spec: Spec, options: RehearsalOptions = {}): AsyncIterable<RehearsalFacts> {
  const { entry: file } = spec.written;
  const { width, steps } = { ...usualRehearsal, ...options };
  const threads = options.threads ?? availableParallelism();
  return told<RehearsalFacts>((tell, left) =>
    onEngine({ ...options, threads }, async (engine) => {
      const named = options.stages?.map((name) => stageOf(spec, file, name)) ?? ownStages(spec, file);
      const stages = withPredecessors(spec, named).map(({ name }) => name);
      const rehearsals = await createRehearsals();
      const sizes = { width, steps, engine, threads, version: version() };
      try {
        await rehearsals.rehearse({
          ...{ spec, file, stages, ...sizes },
          done: async (stage) => {
            await tell(factsOf(stage));
            left.throwIfAborted();
          },
        });
      } finally {
        await rehearsals.close();
      }
    }),
  );
}
