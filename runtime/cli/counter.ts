// Progress of work on many files, on stderr: a line that is overwritten on a terminal, otherwise one every few seconds.
import { duration } from "../report/words.js";
import type { Session } from "./session.js";

/** Work whose progress is shown. */
export interface Counted {
  /** The work in progress: `decoding coco`. */
  readonly what: string;
  readonly done: number;
  readonly all: number;
}

/** Returns to the start of the line and clears it. */
const CLEAR = "\r\u001b[K";

/** Seconds between two lines. */
const PAUSE = { terminal: 0.25, lines: 10 };

/** Shows the progress of work; a terminal's line is cleared at the end. */
export function createCounter({ quiet, interactive, stderr, remark, colours }: Session): (counted: Counted) => void {
  if (quiet) return () => undefined;
  const pause = interactive ? PAUSE.terminal : PAUSE.lines;
  let work = { what: "", began: 0, printed: 0 };
  return ({ what, done, all }) => {
    const now = performance.now() / 1000;
    if (work.what !== what) work = { what, began: now, printed: now };
    if (done === all && interactive) stderr.write(CLEAR);
    if (done === all || now - work.printed < pause) return;
    work.printed = now;
    const rate = done / Math.max(1e-3, now - work.began);
    const numbers = [done, all].map((count) => count.toLocaleString("en")).join("/");
    const line = `${what}  ${numbers}  ${Math.round(rate)} a second  ${duration((all - done) / rate)} left`;
    if (interactive) stderr.write(`${CLEAR}${colours.dim(line)}`);
    else remark(line);
  };
}

/** Clears the line for other output. */
export function hideCounter({ interactive, stderr }: Session): void {
  if (interactive) stderr.write(CLEAR);
}
