// Output: escaping for terminals, and the options that every command has.
import { readFile, rm } from "node:fs/promises";
import { expect, test } from "vitest";
import { inProcess, listen } from "./in-process.js";
import { workFolder } from "./tiny.js";

const evil = "\u001b]0;title\u0007 \u001b[2J \u009b31m \u202e \u0000 \r gone";
const harmless = "\\u001b]0;title\\u0007 \\u001b[2J \\u009b31m \\u202e \\u0000 \\u000d gone";

test("control characters are escaped; line breaks and tabs are kept", () => {
  const { text, session } = listen([]);
  session.say(`a\tb\r\n${evil}`);
  session.remark(evil);
  expect(text).toEqual({ stdout: `a\tb\r\n${harmless}\n`, stderr: `${harmless}\n` });
});

test("our colours are kept if enabled, and no other escape sequences", () => {
  const { text, session } = listen([], { FORCE_COLOR: "1" });
  session.say(`${session.colours.bold(session.colours.red("red"))} \u001b[8mhidden\u001b[5mblinking`);
  expect(text.stdout).toBe("\u001b[1m\u001b[31mred\u001b[39m\u001b[22m \\u001b[8mhidden\\u001b[5mblinking\n");
  const plain = listen([]);
  plain.session.say("\u001b[31mred");
  expect(plain.text.stdout).toBe("\\u001b[31mred\n");
});

test("JSON has the same text with JSON's escapes", () => {
  const { text, session } = listen(["--json"]);
  session.give({ evil });
  expect(text.stdout).toMatch(/^[ -~]*\n$/);
  expect(JSON.parse(text.stdout)).toEqual({ evil });
});

test("a document for a file or a pipe is written unchanged", () => {
  const { text, session } = listen([]);
  session.write(evil);
  expect(text.stdout).toBe(evil);
});

test.each([
  { args: [], quiet: false, debug: false },
  { args: ["--quiet"], quiet: true, debug: false },
  { args: ["--log-level", "warning"], quiet: true, debug: false },
  { args: ["--log-level=debug"], quiet: false, debug: true },
  { args: ["--log-level", "info", "--debug"], quiet: false, debug: true },
  { args: ["--", "--quiet"], quiet: false, debug: false },
])("$args: quiet $quiet, debug $debug", ({ args, ...said }) => {
  expect(listen(args).session).toMatchObject(said);
});

test("--quiet prints only where the results of a training are, or why it failed", async () => {
  const folder = await workFolder();
  const line = ["train", "tiny.vlmo", "--stage", "first", "--engine", "reference", "--out", "run", "--quiet"];
  const { stdout, stderr, exit } = await inProcess(line, folder);
  expect(stdout).toMatch(/^\n+Results are in run:\n/);
  expect([stderr, exit]).toEqual([expect.stringMatching(/^[^\n]* texts of a batch were truncated [^\n]*\n$/), 0]);
  expect(stdout).not.toMatch(/preparing|step \d|Stage/);
  expect(await readFile(`${folder}/run/metrics.jsonl`, "utf8")).toContain('"kind":"step"');
  const again = await inProcess([...line, "--json"], folder);
  expect(JSON.parse(again.stdout).errors).toMatchObject([{ code: "V932" }]);
  expect(again.stderr).toMatch(/^error\[V932\]/);
  await rm(folder, { recursive: true });
});

test("an unknown level is an invalid command line", async () => {
  const { exit, stderr } = await inProcess(["check", "a.vlmo", "--log-level", "loud"]);
  expect([exit, stderr]).toEqual([2, expect.stringContaining("Allowed choices are warning, info, debug")]);
});
