// The checker reports, all at once, keys and kinds of data that a format does not support.
import { expect, test } from "vitest";
import { exampleAnd } from "../../../compiler/codes/example.js";
import { formatNames, formatOf, type DataFormat } from "../../../compiler/schema/formats.js";
import { dataKinds, type DataKind } from "../../../compiler/schema/data.js";
import { check } from "./check.js";

const needed: Readonly<Record<string, string>> = {
  annotations: '"a.json"',
  images: '"images"',
  questions: '"q.json"',
  records: '"a.jsonl"',
  files: '["a.txt"]',
  shards: '["a.tar"]',
  split: "train",
};

/** A data block of a format, with its required keys and these. */
function blockOf(kind: DataKind, format: DataFormat, keys: readonly string[] = []): string {
  const musts = Object.entries(formatOf(format).schema.shape).flatMap(([key, field]) =>
    field.safeParse(undefined).success || needed[key] === undefined ? [] : [`${key}: ${needed[key]}`],
  );
  return `data of_${kind}: ${kind} { ${[`format: ${format}`, ...musts, ...keys].join(", ")} }`;
}

/** The formats that have a key, each with a kind of data it supports. */
function having(key: string): (readonly [DataFormat, DataKind])[] {
  return formatNames.flatMap((format) => {
    const { schema, kinds } = formatOf(format);
    const asks = kinds.includes("questions") ? "questions" : kinds[0];
    return Object.hasOwn(schema.shape, key) && asks !== undefined ? [[format, asks] as const] : [];
  });
}

test.each(having("crop_grid"))("`crop_grid` of %s has boxes of one size", (format, kind) => {
  const grid = "crop_grid { boxes: [[0, 0, 2, 2], [2, 0, 3, 2]], columns: 2 }";
  const { diagnostics } = check(exampleAnd(blockOf(kind, format, [grid])));
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    "V207 `boxes` must be boxes of one size, not 2 × 2 and 3 × 2",
  ]);
});

test.each(having("fields"))("two image fields make two images for %s", (format, kind) => {
  const { spec } = check(exampleAnd(blockOf(kind, format, ['fields { image: ["left", "right"] }'])));
  expect(spec?.data.get(`of_${kind}`)?.images).toBe(2);
});

test.each(having("answer_count"))(
  "%s lists answers of the records by the minimum count that a head requires",
  (format) => {
    const asking = (keys: readonly string[]): string => `${blockOf("questions", format, keys)}
head asked: classify(pair.pooled) { answers: answers(count: 10, min: 9), loss: bce }
stage asks { model: Small, data: of_questions, learn: asked, train: all, batch: 8, steps: 1, optimizer: adamw(lr: 1e-3) }`;
    const codes = (keys: readonly string[]): string[] =>
      check(exampleAnd(asking(keys))).diagnostics.map(({ code }) => code);
    expect([codes([]), codes(["answer_count: 9"]), codes(['answers: ["a", "b"]'])]).toEqual([["V207"], [], ["V527"]]);
  },
);

test.each(["true", "false"])("`reduce_zero_label: %s` is accepted for data with masks only", (value) => {
  const keys = `format: folder, images: ".", reduce_zero_label: ${value}`;
  const { diagnostics } = check(
    exampleAnd(`data drawn: masks { ${keys}, masks: "masks" }\ndata seen: images { ${keys} }`),
  );
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    `V207 \`reduce_zero_label\` must be left out where the data are \`images\`, which hold no masks, not \`${value}\``,
  ]);
});

test.each(formatNames)("%s is accepted for the kinds it supports and refused for all others", (format) => {
  const blocks = dataKinds.map((kind) => blockOf(kind, format));
  const { diagnostics } = check(exampleAnd(blocks.join("\n")));
  const refused = diagnostics.flatMap(({ code, message }) => (code === "V531" ? [message] : []));
  const { kinds } = formatOf(format);
  const others = dataKinds.filter((kind) => !kinds.includes(kind));
  expect(refused).toEqual(
    others.map((kind) => expect.stringContaining(`the data \`of_${kind}\` are to be \`${kind}\``) as string),
  );
});
