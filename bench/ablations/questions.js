// The questions put to specs/ablations/small.vlmo, in the order of the page. A variant is a stage of that file; NAME_claims
// fine-tunes it on statements.

/** The measures of a variant: the name of an evaluation's value, and which of the variant's two stages it belongs to. */
export const measures = {
  toText: { title: "image→text R@1", metric: /^recall@1 image→text$/, suffix: "" },
  toImage: { title: "text→image R@1", metric: /^recall@1 text→image$/, suffix: "" },
  words: { title: "masked words", metric: /words accuracy$/, suffix: "" },
  statements: { title: "statements", metric: /^truth accuracy$/, suffix: "_claims" },
};

/**
 * `variants` are [stage, description]; the variant `all` is part of every question. `orders` are pairs in which the paper found
 * `stronger` better than `weaker`, with its figures; `paper` is null where the paper's tables have no figure.
 */
export const questions = [
  {
    title: "Stages",
    asks: "Do stages before the pairs help?",
    variants: [
      ["pairs_only", "pairs alone"],
      ["no_texts", "images, then pairs"],
      ["all", "images, then texts, then pairs"],
    ],
    orders: [
      { weaker: "pairs_only", stronger: "no_texts", name: "an image stage", paper: null },
      { weaker: "no_texts", stronger: "all", name: "a text stage", paper: "80.33 → 82.09" },
    ],
  },
  {
    title: "Objectives",
    asks: "Do matching and masked language modelling help?",
    variants: [
      ["contrast_only", "contrast"],
      ["no_words", "contrast and matching"],
      ["no_match", "contrast and masked words"],
      ["all", "all three"],
    ],
    orders: [
      { weaker: "contrast_only", stronger: "all", name: "all three objectives", paper: "73.91 → 80.13" },
      { weaker: "no_words", stronger: "all", name: "masked words next to the other two", paper: null },
      { weaker: "no_match", stronger: "all", name: "matching next to the other two", paper: null },
    ],
  },
  {
    title: "Experts",
    asks: "Do modality experts help, and experts for pairs?",
    variants: [
      ["standard", "standard Transformer, no text stage"],
      ["no_texts", "experts, no text stage"],
      ["top_0", "experts, but none for pairs"],
      ["all", "experts, fusion experts on the top 2"],
    ],
    orders: [
      { weaker: "standard", stronger: "no_texts", name: "experts by modality", paper: "78.81 → 80.13" },
      { weaker: "top_0", stronger: "all", name: "fusion experts on the top 2", paper: "is lower without them" },
    ],
  },
  {
    title: "Placement",
    asks: "On how many of the top layers should fusion experts be?",
    variants: [
      ["top_0", "none"],
      ["top_1", "top 1"],
      ["all", "top 2"],
      ["top_3", "top 3"],
      ["top_4", "all 4"],
    ],
    orders: [
      { weaker: "top_1", stronger: "all", name: "the top 2 instead of one", paper: null },
      { weaker: "top_3", stronger: "all", name: "the top 2 instead of three", paper: null },
      { weaker: "top_4", stronger: "all", name: "the top 2 instead of all", paper: null },
    ],
  },
  {
    title: "Hard negatives",
    asks: "From how many candidates should hard negatives be drawn?",
    variants: [
      ["local", "from the 8 pairs of the micro-batch"],
      ["all", "from the 64 pairs of the batch"],
    ],
    orders: [{ weaker: "local", stronger: "all", name: "hard negatives from the whole batch", paper: "77.70 → 79.54" }],
  },
];
