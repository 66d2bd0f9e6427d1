// What waits together is asked together, and nobody waits for another lane, another's mistake or somebody who has left.
import { expect, it } from "vitest";
import { createBatcher } from "../../../runtime/serve/batcher.js";

/** Asks letters, each of the lane of its case; says which batches there were. */
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
  { says: "asks powers of two", most: 8, asked: "abcdefg", batches: ["abcd", "ef", "g"] },
  { says: "asks no more than a batch holds", most: 2, asked: "abcd", batches: ["ab", "cd"] },
  { says: "keeps lanes apart, the first first", most: 8, asked: "aBcDEF", batches: ["ac", "BDEF"] },
])("$says", async ({ most, asked, batches }) => {
  const { batches: found, ask } = letters(most);
  const answers = await Promise.all([...asked].map((each) => ask(each)));
  expect(answers).toEqual([...asked].map((each) => each.repeat(2)));
  expect(found).toEqual(batches);
});

it("counts weights, and asks what is too heavy for any batch alone", async () => {
  const { batches, ask } = letters(4);
  await Promise.all([ask("a", 9), ask("b", 3), ask("c", 3), ask("d", 1)]);
  expect(batches).toEqual(["a", "b", "cd"]);
});

it("never asks what was given up before its turn", async () => {
  const { batches, batcher, ask } = letters(2);
  const leaving = new AbortController();
  const [first, gone, last] = [ask("a"), ask("b", 1, leaving.signal), ask("c")];
  leaving.abort(new Error("gone"));
  await expect(gone).rejects.toThrow("gone");
  expect(await Promise.all([first, last])).toEqual(["aa", "cc"]);
  await batcher.idle();
  expect(batches).toEqual(["ac"]);
});

it("fails those of a batch that breaks, and goes on", async () => {
  const { ask } = letters(2);
  const asked = ["a", "!", "c"].map((each) => ask(each));
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "fulfilled"]);
});

it("lets what is due come first where answering blocks the thread: a request that took too long is told so", async () => {
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
