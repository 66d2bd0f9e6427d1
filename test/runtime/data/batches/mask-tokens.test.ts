import { describe, expect, it } from "vitest";

import { maskTokens, type MaskedText } from "../../../../runtime/data/batches/mask-tokens.js";
import { createTokenizer, type EncodedText } from "../../../../runtime/data/text/tokenizer.js";
import { stream } from "../../../../runtime/random.js";
import { ignored } from "../../../../compiler/index.js";

const tokenizer = createTokenizer([
  ...["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
  ...Array.from({ length: 40 }, (_, i) => `w${i}`),
  ...["un", "##aff", "##able"],
]);
const LENGTH = 40;
const short = tokenizer.encode("w1 w2 unaffable w3 w4", LENGTH);
const long = tokenizer.encode(Array.from({ length: 38 }, (_, i) => `w${i}`).join(" "), LENGTH);

function repeated(text: EncodedText, masking: Parameters<typeof maskTokens>[1], times: number): MaskedText[] {
  return Array.from({ length: times }, (_, i) => maskTokens(text, masking, tokenizer, stream(1, "mask", i)));
}

function labelled({ labels }: MaskedText): number[] {
  return [...labels.keys()].filter((position) => labels[position] !== ignored);
}

const sane = { probability: 0.15, wholeWord: false } as const;

describe("maskTokens", () => {
  it("gives equal masks for equal streams", () => {
    expect(repeated(long, sane, 3)).toEqual(repeated(long, sane, 3));
  });

  it("labels exactly the selected positions with their true ids and leaves all others unchanged", () => {
    for (const masked of repeated(long, sane, 50)) {
      for (const [position, label] of masked.labels.entries()) {
        if (label === ignored) expect(masked.ids[position]).toBe(long.ids[position]);
        else expect(label).toBe(long.ids[position]);
      }
      expect(labelled(masked)).toHaveLength(masked.count);
    }
  });

  it.each([
    { what: "38 tokens", text: long, count: 6 },
    { what: "7 tokens", text: short, count: 1 },
    { what: "one token", text: tokenizer.encode("w1", LENGTH), count: 1 },
    { what: "no token", text: tokenizer.encode("", LENGTH), count: 0 },
  ])("masks 15% of real tokens and at least one: $what", ({ text, count }) => {
    for (const masked of repeated(text, sane, 20)) {
      expect(masked.count).toBe(count);
      expect(labelled(masked).every((position) => (text.words[position] ?? -1) >= 0)).toBe(true);
    }
  });

  it("replaces 80% by [MASK] and 10% by a random ordinary token, and keeps 10%", () => {
    const choices = repeated(long, sane, 1000).flatMap((masked) =>
      labelled(masked).map((position) => [masked.ids[position] ?? 0, masked.labels[position] ?? 0] as const),
    );
    const share = (is: (id: number, label: number) => boolean): number =>
      choices.filter(([id, label]) => is(id, label)).length / choices.length;
    expect(share((id) => id === tokenizer.special.mask)).toBeCloseTo(0.8, 1);
    expect(share((id, label) => id === label)).toBeCloseTo(0.1, 1);
    expect(share((id, label) => id !== label && id !== tokenizer.special.mask)).toBeCloseTo(0.1, 1);
    expect(share((id) => id < 5 && id !== tokenizer.special.mask)).toBe(0);
  });

  it("masks all or none of a word's tokens with `wholeWord`", () => {
    const results = repeated(short, { ...sane, wholeWord: true }, 200);
    const pieces = results.map((masked) => labelled(masked).filter((position) => short.words[position] === 2).length);
    expect(new Set(pieces)).toEqual(new Set([0, 3]));
  });

  it("masks each token independently in the original's plain variant", () => {
    const counts = repeated(long, { ...sane, variant: "original" }, 2000).map(({ count }) => count);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(mean / 38).toBeCloseTo(0.15, 2);
    expect(new Set(counts).size).toBeGreaterThan(6);
  });

  it("lets padding consume the budget in the original's whole-word variant, so that short texts often have no mask", () => {
    const original = { probability: 0.15, wholeWord: true, variant: "original" } as const;
    const counts = repeated(short, original, 2000).map(({ count }) => count);
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    // 6 of 38 candidates, 7 of them real tokens: 15.8%, minus words that overflow the budget.
    expect(mean / 7).toBeGreaterThan(0.13);
    expect(mean / 7).toBeLessThan(0.17);
    expect(counts.filter((count) => count === 0).length / counts.length).toBeGreaterThan(0.25);
    for (const masked of repeated(short, original, 100)) {
      expect(labelled(masked).every((position) => short.mask[position] === 1)).toBe(true);
    }
  });

  it("replaces a share of all tokens except [CLS] by [MASK], [SEP] included, in the variant of captions", () => {
    const captions = { probability: 0.7, wholeWord: false, variant: "left_to_right" } as const;
    const end = short.ids.indexOf(tokenizer.special.sep);
    const results = repeated(short, captions, 200);
    for (const masked of results) {
      expect(masked.count).toBe(Math.round(0.7 * end));
      for (const position of labelled(masked)) expect(masked.ids[position]).toBe(tokenizer.special.mask);
    }
    const places = results.flatMap(labelled);
    expect(new Set(places)).toEqual(new Set(Array.from({ length: end }, (_, i) => i + 1)));
    expect(repeated(tokenizer.encode("", LENGTH), captions, 1)[0]?.count).toBe(1);
  });
});
