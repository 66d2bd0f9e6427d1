// `--set name=value`: values as they are parsed, and malformed options.
import { expect, test } from "vitest";
import { check } from "./check.js";

const text = `vlmo 1

param file: string = "a b.jsonl"
param folder = "images"
param beside = folder + "/beside"
param n: count = 3
param rate: real = 0.5
data d: pairs { format: jsonl, records: file, images: beside, allow: [folder + "/" + "more"], items: n }
head h: masked_tokens(text.tokens) { mask: rate }
`;

test.each([
  ["file=a b.jsonl", "file", "a b.jsonl"],
  ["file=../x.jsonl", "file", "../x.jsonl"],
  ["folder=C:\\data\\images", "folder", "C:\\data\\images"],
  ["file=#1 (copy), final.jsonl", "file", "#1 (copy), final.jsonl"],
  ["file=a//b", "file", "a//b"],
  ["file=a,b=2", "file", "a,b=2"],
  ["folder=/disk", "beside", "/disk/beside"],
  ["beside=a + b", "beside", "a + b"],
  ["file=12", "file", "12"],
  ["file=x 'y' \"z\"", "file", "x 'y' \"z\""],
  ['file="x \\"y\\""', "file", 'x "y"'],
  ["n=2 * 3", "n", 6],
  ["rate=1 / 4", "rate", 0.25],
])("--set %s", (option, name, value) => {
  const { spec, diagnostics } = check(text, [option]);
  expect(diagnostics).toEqual([]);
  expect(spec?.params.get(name)).toBe(value);
});

test.each([
  ["n=1,rate=2", "V117", "repeat it: `--set n=1 --set rate=2`"],
  ["file=a,n=2", "V117", "repeat it: `--set file=a --set n=2`"],
  ["n=4 file=x", "V117", "repeat it: `--set n=4 --set file=x`"],
  ["rate=0,25", "V025", "write a decimal point: `--set rate=0.25`"],
  ["n=1,024", "V025", "write a decimal point: `--set n=1.024`; or, without the comma, `--set n=1024`"],
  ["n=1,024,000", "V025", "digits are not parted by commas: write `--set n=1024000`"],
  ["rat=4", "V110", "did you mean `rate`?"],
  ["file=", "V021", "an option is written `--set name=value` or"],
  ["n=file + n", "V204", "write it as in `4`"],
  ["n", "V020", "an option is written `--set name=value` or"],
  ["n=a b", "V025", "an option is written `--set name=value` or"],
  ["file='x'", "V003", "use double quotes"],
  ["", "V020", "an option is written `--set name=value` or"],
])("--set %j is reported as %s: %s", (option, code, help) => {
  const [first] = check(text, [option]).diagnostics;
  expect(first?.code).toBe(code);
  expect(first?.help).toContain(help);
});
