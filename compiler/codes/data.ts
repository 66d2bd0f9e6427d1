// V5xx for data: what they supply and how much of it, compared with what stages and heads require.
import { text, type Catalogue } from "../../grammar/index.js";
import { example, exampleAnd, moreStage } from "./example.js";

/** A stage that learns from one part of some data and is evaluated on the other. */
const divided = (heldOut: string, leftOut: string): string => {
  const part = (name: string, share: string, of: string): string =>
    `data ${name}: pairs { format: jsonl, records: "all.jsonl", split { hold_out: ${share}, part: ${of} } }`;
  const stage = moreStage("  steps: 10").replace("data: world", "data: learnt");
  const evaluation = "evaluate more_retrieval on unseen using more { recall(1) }";
  return exampleAnd(
    [part("learnt", leftOut, "train"), part("unseen", heldOut, "validation"), stage, evaluation].join("\n"),
  );
};

/** By code. */
export const dataCodes = {
  V502: {
    severity: "error",
    message: text`\`${"data"}\` cannot feed \`${"head"}\`: it has no ${"missing"}`,
    explain:
      "Data are typed by what they supply: `images`, `labelled_images`, `texts`, `pairs`, `questions`, `statements`, `masks`. Every head in `learn` must get what it needs.",
    wrong: example(["data: world\n  learn: itc + itm", "data: shapes_text\n  learn: itc"]),
    right: example(),
  },
  V519: {
    severity: "error",
    message: text`\`${"head"}\` reads ${"wanted"}, and a sample of \`${"data"}\` has ${"found"}`,
    explain:
      "`pair[1]` and `pair[2]` are for samples with two images (`images: 2`), a plain `pair` for samples with one, and for two in one `grid`.",
    wrong: exampleAnd(
      "data truths: statements { format: shapes, seed: 1, images: 1 }\nhead same: compare(pair[1].pooled, pair[2].pooled)\n" +
        moreStage("  steps: 10\n  with { image { types: 2 } }")
          .replace("data: world", "data: truths")
          .replace("learn: itc", "learn: same"),
    ),
    right: exampleAnd(
      "data truths: statements { format: shapes, seed: 1, images: 2 }\nhead same: compare(pair[1].pooled, pair[2].pooled)\n" +
        moreStage("  steps: 10\n  with { image { types: 2 } }")
          .replace("data: world", "data: truths")
          .replace("learn: itc", "learn: same"),
    ),
  },
  V525: {
    severity: "error",
    message: text`no batch of ${"batch"} is ever full: stage \`${"stage"}\` has ${"items"} items`,
    explain: "A batch holds different samples; an incomplete batch at the end of an epoch is dropped.",
    wrong: example(["format: shapes, seed: 1 }\n\nhead", "format: shapes, seed: 1, items: 20 }\n\nhead"]),
    right: example(["format: shapes, seed: 1 }\n\nhead", "format: shapes, seed: 1, items: 200 }\n\nhead"]),
  },
  V531: {
    severity: "error",
    message: text`the format \`${"format"}\` gives ${"kinds"}, and the data \`${"data"}\` are to be \`${"kind"}\``,
    help: 'write the records as `jsonl`, one JSON object a line: `format: jsonl, records: "….jsonl"` (docs/data.md)',
    explain:
      "Published formats hold certain kinds of data: COCO's captions are pairs and no questions. Tables (`jsonl`, `csv`, `parquet`, `arrow`, `webdataset`) hold all kinds.",
    wrong: exampleAnd('data asked: questions { format: coco, annotations: "captions.json", images: "train" }'),
    right: exampleAnd('data asked: pairs { format: coco, annotations: "captions.json", images: "train" }'),
  },
  V533: {
    severity: "warning",
    message: text`\`${"data"}\` may overlap the training data of stage \`${"stage"}\`: \`${"learnt"}\` splits the same data differently`,
    help: "write the same `hold_out`, `seed` and `by` in `split` of both; `part` alone distinguishes them",
    explain:
      "The split follows from `hold_out`, `seed` and `by`. Two parts of the same split are disjoint; with another seed or share, a model is evaluated on its training data.",
    wrong: divided("20%", "10%"),
    right: divided("10%", "10%"),
  },
} as const satisfies Catalogue;
