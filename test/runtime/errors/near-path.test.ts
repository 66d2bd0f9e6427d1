// What a path that does not exist may have meant.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { nearPath } from "../../../runtime/errors/near-path.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-near-"));
const [composed, apart] = ["\u00fc", "u\u0308"];
mkdirSync(path.join(folder, `r${composed}n`));
for (const name of ["photo.PNG", `r${composed}n/a.pt`, "Data.jsonl"]) writeFileSync(path.join(folder, name), "");
symlinkSync("nowhere", path.join(folder, "dangling.png"));
afterAll(() => rmSync(folder, { recursive: true }));

const alike = "which looks the same but is stored in another form of Unicode: copy that name";

test.each([
  ["photo.png", "did you mean `FOLDER/photo.PNG`?"],
  ["data.jsonl", "did you mean `FOLDER/Data.jsonl`?"],
  [`r${apart}n`, `there is \`FOLDER/r${composed}n\`, ${alike}`],
  [`r${apart}n/a.pt`, `there is \`FOLDER/r${composed}n/a.pt\`, ${alike}`],
  [`r${composed}n\\a.pt`, `folders are separated by \`/\`: write \`FOLDER/r${composed}n/a.pt\``],
  ["https://example.org/a.png", "this is a web address, and nothing is ever downloaded: fetch the file, and name it"],
  ["s3:/bucket/a.png", "this is a web address, and nothing is ever downloaded: fetch the file, and name it"],
  [`r${apart}n/gone.pt`, undefined],
  ["something else", undefined],
  ["gone/photo.PNG", undefined],
  ["dangling.png", undefined],
])("%s", (name, advice) => {
  expect(nearPath(`${folder}/${name}`)?.replaceAll(folder, "FOLDER")).toBe(advice);
});

test("a `file:` address is told from a path", () => {
  expect(nearPath("file:///tmp/a.png")).toBe("this is a `file:` address: name the file by its path");
});
