// Progress of compiling programs, in words: its start, a line every few seconds, and how long it took.
import { counted } from "../../grammar/index.js";
import type { Compiling } from "../engines/engine.js";
import { duration } from "../report/words.js";

/** Receives progress: `going` for work in progress, `done` for a finished sentence. */
export interface CompilingWords {
  readonly going: (what: string) => void;
  readonly done: (sentence: string) => void;
}

/** Seconds between two lines. */
const pause = 5;

/** The callback of an engine while it compiles. */
export function tellCompiling({ going, done: tell }: CompilingWords): (news: Compiling) => void {
  let last = -Infinity;
  return ({ program, done, parts, seconds, ended, folder }) => {
    const now = performance.now() / 1000;
    if (ended) {
      tell(`compiled ${program}: ${counted(parts, "function")} in ${duration(seconds)}, kept in ${folder}`);
      return;
    }
    if (done > 0 && now - last < pause) return;
    last = now;
    going(`${program}: ${done} of ${counted(parts, "function")} compiled`);
  };
}
