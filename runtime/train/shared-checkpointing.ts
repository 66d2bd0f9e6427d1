// Saving and evaluating with several processes: rank 0 does it, and the others wait. With a sharded optimizer state they take
// part in gathering it when rank 0 saves.
import type { StageSpec } from "../../compiler/index.js";
import { createCheckpointing, type Checkpointing, type Kept } from "./checkpointing.js";
import type { Learner } from "./learner.js";
import { asFirst, isFirst, together } from "./ranks.js";
import type { Run } from "./run.js";
import type { Course } from "./schedule.js";

/** What rank 0 saves, and the others lend their shards of. */
type Shared = Omit<Kept, "learner"> & { readonly learner: Learner };

/** What this process does between steps; a single process does everything. */
export function checkpointingOf(run: Run, stage: StageSpec, kept: Shared): Checkpointing {
  if (run.engine.ranks === undefined) return createCheckpointing(run, stage, kept);
  if (run.shardOptimizer === true)
    return isFirst(run.engine) ? collecting(run, stage, kept) : assisting(wordsIn(run), kept);
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

/** For a process that neither saves nor evaluates. */
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
    sharing: (_, work) => work(),
    lastGood: async () => null,
  };
}

/** Messages from rank 0: before each gathering of the shards that it is about to read them, and then that it is done. */
interface Words {
  /** Whether the next message may take arbitrarily long. */
  expect(patient: boolean): void;
  /** Whether rank 0 reads the shards; what other ranks pass is ignored. */
  say(reads: boolean): Promise<boolean>;
}

function wordsIn({ engine }: Run): Words {
  let patient = true;
  return {
    expect: (mayLast) => void (patient = mayLast),
    say: async (reads) => {
      const heard = await asFirst(engine, reads, patient);
      patient = true;
      return heard;
    },
  };
}

/** Rank 0 with a sharded state. If other processes are gone, it cannot save, since it has only its shard. */
function collecting(run: Run, stage: StageSpec, kept: Shared): Checkpointing {
  const words = wordsIn(run);
  const own = createCheckpointing(run, stage, {
    ...kept,
    learner: {
      handles: () => kept.learner.handles(),
      read: async () => {
        await words.say(true);
        return kept.learner.read();
      },
    },
  });
  const last = async <T>(work: () => Promise<T>): Promise<T> => {
    const result = await work();
    await words.say(false);
    return result;
  };
  return {
    ...own,
    begin: (from) => last(() => own.begin(from)),
    between: (done) => {
      words.expect(kept.isDue(done));
      return last(() => own.between(done));
    },
    save: (done, finished) => last(() => own.save(done, finished)),
    reading: async (done, read) => {
      try {
        return await own.reading(done, read);
      } catch (error) {
        await words.say(false);
        throw error;
      }
    },
    sharing: (_, work) => work(),
  };
}

/** The other ranks, which take part in gathering the state. */
function assisting(words: Words, { learner, course, isDue }: Shared): Checkpointing {
  const assist = async (): Promise<void> => {
    while (await words.say(false)) await learner.lend();
  };
  return {
    ...following(course),
    begin: assist,
    between: (done) => {
      words.expect(isDue(done));
      return assist();
    },
    save: async () => {
      await assist();
      return "";
    },
    // All ranks have the error: rank 0 saves.
    reading: async (_, read) => {
      try {
        return await read();
      } catch (error) {
        await assist();
        throw error;
      }
    },
  };
}
