// Beam search over a tabulated model: the optimum with enough beams, and properties of fewer.
import { expect, test } from "vitest";
import { beamSearch, type Scorer, type SearchOptions } from "../../../runtime/evaluate/beam-search.js";
import { stream } from "../../../runtime/random.js";

const [START, END, NEVER, VOCABULARY] = [0, 1, 2, 6];
const base = { lengthPenalty: 0.6, longest: 4, start: START, end: END, never: [START, NEVER] } as const;

/** Logits that depend on the image and the whole prefix. */
function logitsOf(image: number, text: readonly number[]): number[] {
  const random = stream(5, "scores", image, text.join(" "));
  return Array.from({ length: VOCABULARY }, () => 2 * random.normal());
}

/** A scorer that keeps prefixes by parent index only, as an engine keeps keys and values. */
function scorerOf(beams: number, seen: number[] = []): Scorer {
  let texts: number[][] = [];
  return ({ last, parents, place }) => {
    seen.push(place);
    texts = Array.from(last, (token, row) => (place === 1 ? [] : [...(texts[parents[row] ?? 0] ?? []), token]));
    return Promise.resolve(texts.flatMap((text, row) => logitsOf(Math.floor(row / beams), text)));
  };
}

/** Every possible text with its score. */
function all(image: number, { longest, lengthPenalty }: SearchOptions) {
  const found: { text: number[]; score: number }[] = [];
  const visit = (text: number[], sum: number): void => {
    const logits = logitsOf(image, text);
    const total = Math.log(logits.reduce((a, b) => a + Math.exp(b), 0));
    const place = text.length + 1;
    logits.forEach((logit, token) => {
      if (token === END && place > 1) found.push({ text, score: (sum + logit - total) / place ** lengthPenalty });
      if (![START, END, NEVER].includes(token) && place < longest) visit([...text, token], sum + logit - total);
    });
  };
  visit([], 0);
  return found.sort((a, b) => b.score - a.score);
}

test.each([0, 0.6, 1])(
  "finds the best of all texts with enough beams, at a length penalty of %d",
  async (lengthPenalty) => {
    const options = { ...base, beams: 60, lengthPenalty };
    const texts = await beamSearch(3, options, scorerOf(60));
    expect(texts).toEqual([0, 1, 2].map((image) => all(image, options)[0]?.text));
  },
);

test.each([1, 2, 3])("writes valid texts of at least one token with %d beams", async (beams) => {
  const options = { ...base, beams };
  const texts = await beamSearch(20, options, scorerOf(beams));
  texts.forEach((text, image) => {
    expect(all(image, options).map((each) => each.text)).toContainEqual(text);
    expect(text.length).toBeGreaterThan(0);
  });
});

test("finds texts that are no worse on average with more beams, and is greedy with one", async () => {
  const meanOf = async (beams: number): Promise<number> => {
    const options = { ...base, beams };
    const texts = await beamSearch(40, options, scorerOf(beams));
    const scores = texts.map(
      (text, image) => all(image, options).find((each) => `${each.text}` === `${text}`)?.score ?? NaN,
    );
    return scores.reduce((a, b) => a + b, 0) / scores.length;
  };
  const [greedy, few, many] = [await meanOf(1), await meanOf(3), await meanOf(60)];
  expect(few).toBeGreaterThan(greedy);
  expect(many).toBeGreaterThanOrEqual(few);
});

test("gives the same texts for images in a batch as alone, and ends with the last image", async () => {
  const options = { ...base, beams: 2 };
  const together = await beamSearch(4, options, scorerOf(2));
  expect(await beamSearch(1, options, scorerOf(2))).toEqual([together[0]]);
  const places: number[] = [];
  await beamSearch(1, { ...options, longest: 1000 }, scorerOf(2, places));
  expect(places.length).toBeLessThan(1000);
});
