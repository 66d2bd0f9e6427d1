// Pending requests are batched; a request never waits for another lane, a failed request or a closed connection.
import { expect, it } from "vitest";
import { createBatcher } from "../../../runtime/serve/batcher.js";

/** Sends letters, with their case as the lane; gives the batches. */
function letters(most: number) {
  const batches: string[] = [];
  const batcher = createBatcher<string, string>({
    most,
    gathering: 1,
    answer: async (questions) => {
      batches.push(questions.join(""));
      if (questions.includes("!")) throw new Error("broken");
      return questions.map((question) => question.repeat(2));
    },
  });
  const ask = (question: string, weight = 1, signal = new AbortController().signal): Promise<string> =>
    batcher.ask({ lane: question === question.toLowerCase() ? "small" : "large", question, weight }, signal);
  return { batches, batcher, ask };
}

it.each([
  { says: "forms batches of powers of two", most: 8, asked: "abcdefg", batches: ["abcd", "ef", "g"] },
  { says: "never exceeds the batch size", most: 2, asked: "abcd", batches: ["ab", "cd"] },
  { says: "keeps lanes apart, in order of arrival", most: 8, asked: "aBcDEF", batches: ["ac", "BDEF"] },
])("$says", async ({ most, asked, batches }) => {
  const { batches: found, ask } = letters(most);
  const answers = await Promise.all([...asked].map((each) => ask(each)));
  expect(answers).toEqual([...asked].map((each) => each.repeat(2)));
  expect(found).toEqual(batches);
});

it("limits a batch by weight, and runs requests above the limit alone", async () => {
  const { batches, ask } = letters(4);
  await Promise.all([ask("a", 9), ask("b", 3), ask("c", 3), ask("d", 1)]);
  expect(batches).toEqual(["a", "b", "cd"]);
});

it("does not run cancelled requests", async () => {
  const { batches, batcher, ask } = letters(2);
  const leaving = new AbortController();
  const [first, gone, last] = [ask("a"), ask("b", 1, leaving.signal), ask("c")];
  leaving.abort(new Error("gone"));
  await expect(gone).rejects.toThrow("gone");
  expect(await Promise.all([first, last])).toEqual(["aa", "cc"]);
  await batcher.idle();
  expect(batches).toEqual(["ac"]);
});

it("fails the requests of a failing batch, and continues", async () => {
  const { ask } = letters(2);
  const asked = ["a", "!", "c"].map((each) => ask(each));
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
});

it("handles timers between blocking batches, so that overdue requests time out", async () => {
  const late = new AbortController();
  setTimeout(() => late.abort(new Error("too late")), 5);
  const answer = async (questions: readonly string[]): Promise<readonly string[]> => {
    const end = performance.now() + 20;
    while (performance.now() < end);
    return questions;
  };
  const batcher = createBatcher<string, string>({ most: 1, gathering: 1, answer });
  const asked = ["a", "b"].map((question) => batcher.ask({ lane: "", question, weight: 1 }, late.signal));
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map((outcome) => "reason" in outcome && String(outcome.reason))).toEqual(
    asked.map(() => "Error: too late"),
  );
});
