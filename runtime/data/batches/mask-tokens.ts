// Which tokens of a text are to be predicted, and what replaces them (BERT: of 15%, 80% by [MASK], 10% by a random token, 10%
// unchanged). All draws come from the given stream.
import { ignored } from "../../../compiler/index.js";
import type { RandomStream } from "../../random.js";
import type { EncodedText, Tokenizer } from "../text/tokenizer.js";

/** Which tokens may be masked, and how many. */
export interface TokenMasking {
  /** Share of the tokens to predict, 0 … 1. */
  readonly probability: number;
  /** Whole-word masking: all tokens of a word or none. */
  readonly wholeWord: boolean;
  /**
   * `default`: a fixed share of the real tokens, at least one. `original`: VLMo's collator (transformers 4.8.1). With whole
   * words its budget is a share of the padded length and padding competes for it, so that a short text often has nothing
   * masked; with tokens each is drawn independently. `left_to_right`: as BEiT-3's captioning, where [SEP] may be masked too;
   * masked tokens are always replaced by [MASK], which is also the last token while a caption is generated.
   */
  readonly variant?: "default" | "original" | "left_to_right";
}

/** A masked text of T tokens. */
export interface MaskedText {
  /** int32 [T], the masked text. */
  readonly ids: Int32Array;
  /** int32 [T], the true id where a token is to be predicted, −100 elsewhere. */
  readonly labels: Int32Array;
  readonly count: number;
}

/** Masks an encoded text. A text without any real token but [CLS] and [SEP] has nothing to mask. */
export function maskTokens(text: EncodedText, masking: TokenMasking, tokenizer: Tokenizer, random: RandomStream) {
  const { variant = "default" } = masking;
  const chosen = choosers[variant](text, masking, random);
  const ids = text.ids.slice();
  const labels = new Int32Array(ids.length).fill(ignored);
  const anyOf = variant === "original" ? undefined : ordinaryIds(tokenizer);
  for (const position of chosen) {
    labels[position] = text.ids[position] ?? ignored;
    if (variant === "left_to_right" || random.chance(0.8)) ids[position] = tokenizer.special.mask;
    else if (random.chance(0.5)) {
      ids[position] = anyOf === undefined ? random.integer(tokenizer.vocabulary.length) : random.pick(anyOf);
    }
  }
  return { ids, labels, count: chosen.length } satisfies MaskedText;
}

/** The most masked positions of a text: usually, and ever, since a single word may exceed the share. */
export interface MostMasked {
  readonly usually: number;
  readonly ever: number;
}

/** How many of a text's tokens may be masked. */
export function mostMasked({ probability, wholeWord, variant = "default" }: TokenMasking, length: number): MostMasked {
  const share = (tokens: number): number => Math.max(1, Math.round(probability * tokens));
  const words = length - 2;
  const most = {
    default: { usually: share(words), ever: wholeWord ? Math.max(words, share(words)) : share(words) },
    original: wholeWord ? { usually: share(length), ever: share(length) } : { usually: words, ever: words },
    left_to_right: { usually: share(length - 1), ever: share(length - 1) },
  } satisfies Record<NonNullable<TokenMasking["variant"]>, MostMasked>;
  return most[variant];
}

type Chooser = (text: EncodedText, masking: TokenMasking, random: RandomStream) => number[];

const choosers = {
  default: chosenByShare,
  original: chosenOriginal,
  left_to_right: chosenOfAll,
} satisfies Record<NonNullable<TokenMasking["variant"]>, Chooser>;

/** A share of all tokens except [CLS], at least one. */
function chosenOfAll({ mask }: EncodedText, { probability }: TokenMasking, random: RandomStream): number[] {
  const real = [...mask.keys()].filter((position) => position > 0 && mask[position] === 1);
  return random.shuffle(real).slice(0, Math.max(1, Math.round(probability * real.length)));
}

function chosenByShare(text: EncodedText, masking: TokenMasking, random: RandomStream): number[] {
  const groups = groupsOf(text, masking.wholeWord);
  const real = groups.reduce((sum, group) => sum + group.length, 0);
  return within(Math.max(1, Math.round(masking.probability * real)), random.shuffle(groups), 1);
}

function chosenOriginal(text: EncodedText, masking: TokenMasking, random: RandomStream): number[] {
  if (!masking.wholeWord) {
    return groupsOf(text, false).flatMap((group) => (random.chance(masking.probability) ? group : []));
  }
  const padding = [...text.mask.keys()].filter((position) => text.mask[position] === 0);
  const candidates = random.shuffle([...groupsOf(text, true), ...padding.map((position) => [position])]);
  const budget = Math.max(1, Math.round(masking.probability * text.ids.length));
  return within(budget, candidates, 0).filter((position) => text.mask[position] === 1);
}

/** Positions of groups that fit the budget, in order; the first `atLeast` groups are taken even if they are too long. */
function within(budget: number, groups: readonly number[][], atLeast: number): number[] {
  const chosen: number[] = [];
  groups.forEach((group, i) => {
    if (i < atLeast || chosen.length + group.length <= budget) chosen.push(...group);
  });
  return chosen;
}

/** The maskable positions, by word or one by one. */
function groupsOf(text: EncodedText, wholeWord: boolean): number[][] {
  const groups: number[][] = [];
  text.words.forEach((word, position) => {
    if (word < 0) return;
    const last = groups.at(-1);
    if (wholeWord && last !== undefined && text.words[position - 1] === word) last.push(position);
    else groups.push([position]);
  });
  return groups;
}

const ordinary = new WeakMap<Tokenizer, readonly number[]>();

/** Ids for random replacement: all except special tokens. */
function ordinaryIds(tokenizer: Tokenizer): readonly number[] {
  const known = ordinary.get(tokenizer);
  if (known !== undefined) return known;
  const special = new Set(Object.values(tokenizer.special));
  const ids = [...tokenizer.vocabulary.keys()].filter((id) => !special.has(id));
  ordinary.set(tokenizer, ids);
  return ids;
}
