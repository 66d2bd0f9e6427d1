// Paths to link loops, devices, pipes, folders and files in other encodings: each is reported, in JSON too, without hanging.
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inProcess } from "./in-process.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vlmo-specs-"));
  const put = (name: string, text: string | Uint8Array): Promise<void> => writeFile(join(folder, name), text);
  await symlink(".", join(folder, "one"));
  await symlink(".", join(folder, "other"));
  await symlink("loop.vlmo", join(folder, "loop.vlmo"));
  await mkdir(join(folder, "folder.vlmo"));
  execFileSync("mkfifo", [join(folder, "pipe.vlmo")]);
  await put("self.vlmo", 'vlmo 1\nimport { a } from "./one/self.vlmo"\nimport { b } from "./other/self.vlmo"\n');
  await put("shared.vlmo", "vlmo 1\nparam wide: count = 3\nparam deep: count = 4\n");
  const imports = 'import { wide } from "./shared.vlmo"\nimport { deep } from "./one/other/shared.vlmo"\n';
  await put("twice.vlmo", `vlmo 1\n${imports}param both: count = wide * deep\n`);
  await put("large.vlmo", `vlmo 1\n${"// so many words\n".repeat(530_000)}`);
  await put("utf16.vlmo", Buffer.from("\uFEFFvlmo 1\nparam a = 1\n", "utf16le"));
  await put("latin1.vlmo", Buffer.from("vlmo 1\n\n// caf\u00e9\nparam  a = 1\n", "latin1"));
  await put("crlf.vlmo", "\uFEFFvlmo 1\r\n\r\nparam a = 1\r\n");
  await put("comments.vlmo", "# a\nvlmo 1\n/* b\n * c */\nparam a = 1 -- d\n");
});
afterAll(() => rm(folder, { recursive: true }));

interface Row {
  readonly file: string;
  readonly code: string;
  readonly help: string;
}

const rows: readonly Row[] = [
  { file: "self.vlmo", code: "V102", help: "third file" },
  { file: "loop.vlmo", code: "V101", help: "its links form a cycle" },
  { file: "pipe.vlmo", code: "V101", help: "it is no regular file" },
  { file: "nothing_like_it.vlmo", code: "V101", help: "there is no such file" },
  { file: "large.vlmo", code: "V101", help: "it has 9 MiB; a specification has at most 8" },
  { file: "utf16.vlmo", code: "V031", help: "iconv -f UTF-16LE" },
  { file: "latin1.vlmo", code: "V031", help: "iconv -f LATIN1" },
  { file: "comments.vlmo", code: "V032", help: "write `//`" },
];

test.each(rows)("$file is reported as $code", async ({ file, code, help }) => {
  for (const command of ["check", "show"]) {
    const { exit, stdout } = await inProcess([command, join(folder, file), "--json"]);
    const [first] = JSON.parse(stdout).diagnostics;
    expect(first).toMatchObject({ code, help: expect.stringContaining(help) });
    expect(exit).toBe(1);
  }
});

test.each(rows.filter(({ code }) => code !== "V102"))("fmt leaves $file alone", async ({ file, code }) => {
  const { exit, stdout } = await inProcess(["fmt", join(folder, file), "--json"]);
  const { changed, failed, diagnostics } = JSON.parse(stdout);
  expect({ changed, failed, first: diagnostics[0].code, exit }).toEqual({
    changed: [],
    failed: [join(folder, file)],
    first: code,
    exit: 1,
  });
});

test("an impossible import is reported with its reason", async () => {
  const imported = ["/dev/zero", "./pipe.vlmo", "./folder.vlmo", "./loop.vlmo"];
  await writeFile(
    join(folder, "odd.vlmo"),
    `vlmo 1\n${imported.map((path, i) => `import { a${i} } from "${path}"\n`).join("")}`,
  );
  const { stdout } = await inProcess(["check", join(folder, "odd.vlmo"), "--json"]);
  const helps = JSON.parse(stdout).diagnostics.map(({ help }: { help: string }) => help.replace(/^`.*`: /, ""));
  expect(helps).toEqual([
    "it is no regular file, but a device, a pipe or a socket",
    "it is no regular file, but a device, a pipe or a socket",
    "it is a folder; name a file",
    "its links form a cycle",
  ]);
});

test("a file reached by two paths is one file", async () => {
  const { exit, stderr } = await inProcess(["check", join(folder, "twice.vlmo")]);
  expect([exit, stderr]).toEqual([0, ""]);
});

test("a canonical file with a byte-order mark and CRLF is left unchanged", async () => {
  expect((await inProcess(["fmt", "--check", join(folder, "crlf.vlmo")])).exit).toBe(0);
});
