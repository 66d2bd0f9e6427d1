// Kinds of data that a format does not hold are the checker's to say, all at once.
import { expect, test } from "vitest";
import { exampleAnd } from "../../../compiler/codes/example.js";
import { formatNames, formatOf } from "../../../compiler/schema/formats.js";
import { dataKinds } from "../../../compiler/schema/data.js";
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

test.each(["true", "false"])("`reduce_zero_label: %s` is said of data that hold masks alone", (value) => {
  const keys = `format: folder, images: ".", reduce_zero_label: ${value}`;
  const { diagnostics } = check(
    exampleAnd(`data drawn: masks { ${keys}, masks: "masks" }\ndata seen: images { ${keys} }`),
  );
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    `V207 \`reduce_zero_label\` must be left out where the data are \`images\`, which hold no masks, not \`${value}\``,
  ]);
});

test.each(formatNames)("%s is taken for the kinds that it gives, and refused for each other", (format) => {
  const keys = Object.entries(formatOf(format).schema.shape).flatMap(([key, field]) =>
    field.safeParse(undefined).success || needed[key] === undefined ? [] : [`${key}: ${needed[key]}`],
  );
  const blocks = dataKinds.map((kind) => `data of_${kind}: ${kind} { ${[`format: ${format}`, ...keys].join(", ")} }`);
  const { diagnostics } = check(exampleAnd(blocks.join("\n")));
  const refused = diagnostics.flatMap(({ code, message }) => (code === "V531" ? [message] : []));
  const { kinds } = formatOf(format);
  const others = dataKinds.filter((kind) => !kinds.includes(kind));
  expect(refused).toEqual(
    others.map((kind) => expect.stringContaining(`the data \`of_${kind}\` are to be \`${kind}\``) as string),
  );
});
