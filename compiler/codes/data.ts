// V5xx of data: what they hold and how much of it, against what stages and heads ask of them.
import { text, type Catalogue } from "../../grammar/index.js";
import { example, exampleAnd, moreStage } from "./example.js";

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
    explain: "A batch holds different samples; what is left of the data at the end of an epoch is not trained on.",
    wrong: example(["format: shapes, seed: 1 }\n\nhead", "format: shapes, seed: 1, items: 20 }\n\nhead"]),
    right: example(["format: shapes, seed: 1 }\n\nhead", "format: shapes, seed: 1, items: 200 }\n\nhead"]),
  },
  V531: {
    severity: "error",
    message: text`the format \`${"format"}\` gives ${"kinds"}, and the data \`${"data"}\` are to be \`${"kind"}\``,
    help: 'write the records as `jsonl`, one JSON object a line: `format: jsonl, records: "….jsonl"` (docs/data.md)',
    explain:
      "Formats as they are published hold some kinds of data: COCO's captions are pairs and no questions. Tables (`jsonl`, `csv`, `parquet`, `arrow`, `webdataset`) hold all kinds.",
    wrong: exampleAnd('data asked: questions { format: coco, annotations: "captions.json", images: "train" }'),
    right: exampleAnd('data asked: pairs { format: coco, annotations: "captions.json", images: "train" }'),
  },
} as const satisfies Catalogue;
