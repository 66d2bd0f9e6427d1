// Progress messages while programs are compiled.
import { afterEach, expect, test, vi } from "vitest";
import { tellCompiling } from "../../../runtime/cli/compiling.js";

afterEach(() => vi.useRealTimers());

test("compiling reports its start, its progress every five seconds, and its duration", () => {
  vi.useFakeTimers();
  const said: string[] = [];
  const hear = tellCompiling({ going: (what) => said.push(`… ${what}`), done: (sentence) => said.push(sentence) });
  const news = (done: number, ended = false): void =>
    hear({ program: "pairs.step", done, parts: 4, seconds: 3 * done, ended, folder: "/kept" });
  for (const done of [0, 1, 2, 3, 4]) {
    news(done);
    vi.advanceTimersByTime(3000);
  }
  news(4, true);
  expect(said).toEqual([
    "… pairs.step: 0 of 4 functions compiled",
    "… pairs.step: 2 of 4 functions compiled",
    "… pairs.step: 4 of 4 functions compiled",
    "compiled pairs.step: 4 functions in 12 s, kept in /kept",
  ]);
});
