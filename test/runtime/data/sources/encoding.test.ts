// Errors for files that are not UTF-8: an encoding is named only if the bytes determine it.
import { rm, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

import { repairedUtf8 } from "../../../../runtime/data/sources/encoding.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-encoding-"));
afterAll(() => rm(folder, { recursive: true }));

const [western, unknown, almost] = ["iconv -f WINDOWS-1252 -t", "iconv -f ENCODING -t", "CESU-8"];

it.each<[what: string, hex: string, help: string]>([
  ["French in Latin-1 (été à Nîmes)", "e974e920e0204eee6d6573", western],
  ["German in Windows-1252 (“Straße” – 5 €)", "9353747261df65942096203520 80", western],
  ["Chinese in GBK (你好)", "c4e3bac3", unknown],
  ["Chinese in GBK (来, whose bytes are an overlong form)", "c0b4c0b4b5c4", unknown],
  ["Japanese in Shift-JIS (テスト)", "836583588367", unknown],
  ["Russian in KOI8-R (кошка)", "cbcfdbcbc1", unknown],
  ["Russian in Windows-1251 (кошка и пёс)", "eaeef8eae020e820efb8f1", unknown],
  ["Korean in EUC-KR (고양이)", "b0edbee7c0cc", unknown],
  ["Chinese in Big5 (你好)", "a741a66e", unknown],
  ["both surrogates of a UTF-16 character (CESU-8)", "eda0bdedb880", almost],
  ["an overlong zero, as Java has it", "61c08062", almost],
])("%s", async (_, hex, help) => {
  const file = path.join(folder, "text.txt");
  const record = Buffer.concat([
    Buffer.from('{"text": "'),
    Buffer.from(hex.replaceAll(" ", ""), "hex"),
    Buffer.from('"}\n'),
  ]);
  await writeFile(file, Buffer.concat([record, Buffer.from('{"text": "plain"}\n'), record]));
  expect(repairedUtf8(file)).toContain(help);
});
