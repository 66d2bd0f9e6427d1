// Properties of every command: a new one fails here until it has help with examples that parse, a line in README, JSON or the
// reason why not, and errors for missing files.
import { readFileSync, rmSync } from "node:fs";
import type { Command } from "commander";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exits } from "../../../runtime/cli/failure.js";
import { idleProgram, wordsOf } from "../../support/idle-program.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

/** Arguments that name something missing. */
interface Asked {
  readonly args: readonly string[];
}

/** For each command a command line with a missing file, folder or name; null with the reason if it takes none. */
const asked: Readonly<Record<string, Asked | { readonly none: string }>> = {
  init: { args: ["nowhere"] },
  check: { args: ["nowhere.vlmo"] },
  explain: { args: ["V998"] },
  test: { args: ["nowhere.vlmo"] },
  fmt: { args: ["nowhere.vlmo"] },
  show: { args: ["nowhere.vlmo"] },
  plan: { args: ["nowhere.vlmo"] },
  data: { args: ["nowhere.vlmo"] },
  "data pack": { args: ["nowhere.vlmo", "world", "--out", "shards"] },
  diff: { args: ["nowhere.vlmo", "tiny.vlmo"] },
  build: { args: ["nowhere.vlmo", "--emit", "ast"] },
  rehearse: { args: ["nowhere.vlmo"] },
  train: { args: ["nowhere.vlmo"] },
  eval: { args: ["tiny.vlmo", "retrieval", "--checkpoint", "nowhere"] },
  predict: { args: ["nowhere", "a.png"] },
  embed: { args: ["nowhere", "--text", "a", "--out", "a.npy"] },
  search: { args: ["nowhere", ".", "--text", "a"] },
  export: { args: ["nowhere", "--to", "torch", "--out", "exported"] },
  serve: { args: ["nowhere", "--port", "0"] },
  view: { args: ["nowhere.vlmo"] },
  report: { args: ["nowhere"] },
  runs: { args: ["nowhere"] },
  "runs diff": { args: ["nowhere", "elsewhere"] },
  "runs csv": { args: ["nowhere"] },
  "runs rm": { args: ["nowhere", "--yes"] },
  sweep: { args: ["nowhere.vlmo", "--seeds", "2"] },
  import: { args: ["nowhere.pt", "--spec", "tiny.vlmo", "--stage", "first", "--layout", "vlmo", "--out", "imported"] },
  inspect: { args: ["nowhere"] },
  exec: { args: ["nowhere.vlmo", "--program", "forward", "--list"] },
  lsp: { none: "it reads from an editor, in JSON" },
  doctor: { none: "it looks at the machine alone" },
  "setup torch": { none: "it installs; `test/runtime/setup` has it fail" },
  "setup tensorflow": { none: "it installs; `test/runtime/setup` has it fail" },
};

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Named {
  readonly name: string;
  readonly command: Command;
}

/** The commands that do something, without those that only group others. */
function commandsOf(program: Command): Named[] {
  return program.commands.flatMap((command) => {
    const own = command.commands.map((each) => ({ name: `${command.name()} ${each.name()}`, command: each }));
    return command.name() === "setup" ? own : [{ name: command.name(), command }, ...own];
  });
}

const all = commandsOf(idleProgram());
const readme = readFileSync("README.md", "utf8");

test("every command is covered here", () => {
  expect(all.map(({ name }) => name).toSorted()).toEqual(Object.keys(asked).toSorted());
});

describe.each(all)("$name", ({ name, command }) => {
  const words = name.split(" ");
  const row = asked[name];
  const args = row !== undefined && "args" in row ? row.args : [];

  test("has a line in README, and help with its purpose and examples that parse", async () => {
    expect(new RegExp(`\\bvlmo ${name}\\b`).test(readme), `README says what \`vlmo ${name}\` is for`).toBe(true);
    const { exit, stdout } = await inProcess([...words, "--help"]);
    expect(exit).toBe(0);
    expect(stdout).toContain(`Usage: vlmo ${name} `);
    for (const option of ["--json", "--quiet", "--debug"]) expect(stdout).toContain(option);
    expect(command.summary()).not.toBe("");
    const examples = examplesIn(stdout);
    expect(examples.filter((line) => line.startsWith(`vlmo ${name}`))).not.toEqual([]);
    for (const line of examples) await expectToParse(line, examples[0]);
  });

  test("refuses unknown options", async () => {
    const { exit, stdout, stderr } = await inProcess([...words, ...args, "--surely-not", "--json"], folder);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/unknown option '--surely-not'/);
    expect(JSON.parse(stdout)).toEqual({ errors: [{ code: "usage", message: "unknown option '--surely-not'" }] });
  });

  test.runIf(args.length > 0)("reports what is missing, as text and as JSON", async () => {
    const { exit, stdout, stderr } = await inProcess([...words, ...args], folder);
    const [, code] = /error\[(V\d+)\]: .+\n/.exec(`${stderr}${stdout}`) ?? [];
    expect([exit, code]).toEqual([1, expect.stringMatching(/V/)]);
    const asJson = await inProcess([...words, ...args, "--json"], folder);
    expect(asJson.exit).toBe(1);
    for (const line of asJson.stdout.trimEnd().split("\n")) JSON.parse(line);
    expect(asJson.stdout).toContain(`"code":"${code}"`);
  });
});

test("the program's help has examples that parse and every exit code, as has README", async () => {
  const { stdout } = await inProcess(["--help"]);
  for (const line of examplesIn(stdout)) await expectToParse(line);
  for (const text of [stdout, readme]) {
    const [, codes = ""] = /Exit codes: ([^]*?)(?:\n\n|$)/.exec(text) ?? [];
    expect(codes.match(/\b\d+\b/g)).toEqual([...Object.values(exits).map(String), "130"]);
  }
});

/** The command lines below "Examples:"; a backslash continues one. */
function examplesIn(help: string): string[] {
  const below = help.slice(help.indexOf("Examples:")).replace(/\\\n\s*/g, "");
  return [...below.matchAll(/^ {2}(vlmo .+)$/gm)].map(([, line = ""]) => line);
}

/** An example without its explanation, which follows two spaces; `…` stands for repeated arguments of the first one. */
async function expectToParse(line: string, first = ""): Promise<void> {
  const own = wordsOf(line.replace(/ {2,}.*$/, ""));
  const more = own.indexOf("…");
  const [, ...words] = more < 0 ? own : [...wordsOf(first), ...own.slice(more + 1)];
  await idleProgram()
    .parseAsync(words, { from: "user" })
    .catch((error: unknown) => {
      throw new Error(`${line}: ${String(error)}`);
    });
}
