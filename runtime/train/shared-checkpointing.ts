// Saving and evaluating where several processes train together: the first does it, and the others wait for it.
import type { StageSpec } from "../../compiler/index.js";
import { createCheckpointing, type Checkpointing, type Kept } from "./checkpointing.js";
import { isFirst, together } from "./ranks.js";
import type { Run } from "./run.js";
import type { Course } from "./schedule.js";

/** What this process does between steps; of a training in one process all there is to do. */
export function checkpointingOf(run: Run, stage: StageSpec, kept: Kept): Checkpointing {
  const own = isFirst(run.engine) ? createCheckpointing(run, stage, kept) : following(kept.course);
  return {
    ...own,
    begin: async (from) => {
      await own.begin(from);
      await together(run.engine);
    },
    rests: (done) => kept.isDue(done) || own.rests(done),
    between: async (done) => {
      await own.between(done);
      if (kept.isDue(done)) await together(run.engine);
    },
  };
}

/** What a process does that neither saves nor evaluates. */
function following({ total }: Course): Checkpointing {
  const nothing = async (): Promise<void> => undefined;
  return {
    begin: nothing,
    rests: () => false,
    passed: () => undefined,
    between: nothing,
    save: async () => "",
    isOver: (done) => done >= total,
    evaluate: async () => true,
    best: () => null,
    reading: (_, read) => read(),
    lastGood: async () => null,
  };
}
