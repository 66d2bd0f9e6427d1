// How far the compiling of programs is, in words: that it begins, a line every few seconds, and how long it took.
import { counted } from "../../grammar/index.js";
import type { Compiling } from "../engines/engine.js";
import { duration } from "../report/words.js";

/** Receives progress: `going` what is being prepared, `done` a sentence. */
export interface CompilingWords {
  readonly going: (what: string) => void;
  readonly done: (sentence: string) => void;
}

/** Seconds between two lines. */
const pause = 5;

/** What an engine calls while it compiles. */
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
