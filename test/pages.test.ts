// The documentation: links lead to existing files and headings, and command lines are valid.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createSource, parse } from "../grammar/index.js";
import { idleProgram, wordsOf } from "./support/idle-program.js";

const inDocs = readdirSync("docs", { recursive: true, encoding: "utf8" }).map((name) => posix.join("docs", name));
const pages = ["README.md", "CONTRIBUTING.md", ...inDocs.filter((name) => name.endsWith(".md"))];

const textOf = (page: string): string => readFileSync(page, "utf8");
const blocks = /^```.*?^```$/gms;

/** GitHub's anchor of a heading. */
function anchorsOf(page: string): string[] {
  const headings = [
    ...textOf(page)
      .replace(blocks, "")
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/\]\([^)]*\)/g, "")
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The problem with a link of a page; null if its target exists. */
function brokenLink(page: string, link: string): string | null {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : posix.join(posix.dirname(page), file);
  if (!existsSync(target)) return `${page}: there is no ${target}`;
  if (anchor === undefined || statSync(target).isDirectory() || anchorsOf(target).includes(anchor)) return null;
  return `${page}: ${target} has no heading #${anchor}`;
}

/** The command lines in a page's console blocks. */
function commandsOf(page: string): string[] {
  const text = (textOf(page).match(blocks) ?? []).filter((block) => block.startsWith("```console")).join("\n");
  return [...text.replace(/\\\n\s*/g, "").matchAll(/^\$ vlmo (.*)$/gm)].map(
    ([, line = ""]) => line.split(/ [|>] /)[0] ?? "",
  );
}

/** Inline mentions of commands: `vlmo plan FILE --memory 24GiB`, with placeholders. */
function mentionsIn(page: string): string[] {
  const prose = textOf(page).replace(blocks, "").replace(/\s+/g, " ");
  return [...prose.matchAll(/`vlmo ([a-z][^`]*)`/g)].map(([, line = ""]) => line);
}

/** The part of a mention that is not a command or not one of its options; null if all is valid. */
function unknownIn(line: string, program: Command): string | null {
  const [name = "", next = "", ...rest] = wordsOf(line);
  const command = program
    .createHelp()
    .visibleCommands(program)
    .find((each) => each.name() === name);
  if (command === undefined) return `vlmo ${line}: there is no command ${name}`;
  const inner = command.commands.find((each) => each.name() === next) ?? command;
  const own = [next, ...rest, ""];
  const options = own.slice(0, own.indexOf(own.includes("--") ? "--" : "")).filter((word) => /^--\w/.test(word));
  const known = new Set([...inner.options, ...program.options].map(({ long }) => long));
  const wrong = options.find((option) => option !== "--help" && !known.has(option.split("=")[0]));
  return wrong === undefined ? null : `vlmo ${line}: ${inner.name()} has no option ${wrong}`;
}

describe("the pages", () => {
  it("have valid links", () => {
    const links = pages.flatMap((page) =>
      [
        ...textOf(page)
          .replace(blocks, "")
          .matchAll(/\]\(([^)\s]+)\)/g),
      ].map(([, link = ""]) => ({ page, link })),
    );
    const own = links.filter(({ link }) => !/^[a-z]+:/.test(link));
    expect(own.length).toBeGreaterThan(100);
    expect(own.flatMap(({ page, link }) => brokenLink(page, link) ?? [])).toEqual([]);
  });

  const lines = pages.flatMap((page) => commandsOf(page).map((line) => ({ page, line })));

  it("mention existing commands and options only", () => {
    const program = idleProgram();
    const mentions = pages.flatMap((page) => mentionsIn(page).map((line) => ({ page, line })));
    expect(mentions.length).toBeGreaterThan(200);
    const unknown = mentions.flatMap(({ page, line }) => {
      const wrong = unknownIn(line, program);
      return wrong === null ? [] : `${page}: ${wrong}`;
    });
    expect(unknown).toEqual([]);
    expect(unknownIn("plan FILE --memry 24GiB", program)).toBe(
      "vlmo plan FILE --memry 24GiB: plan has no option --memry",
    );
  });

  // Code blocks of guides that show a specification must parse; `…` stands for omitted parts.
  const shown = pages
    .filter((page) => page.startsWith("docs/guides/"))
    .flatMap((page) =>
      (textOf(page).match(blocks) ?? [])
        .filter((block) => block.startsWith("```vlmo"))
        .map((block) => ({ page, block })),
    );

  it.each(shown)("$page: specification $#", ({ block }) => {
    const text = block
      .split("\n")
      .slice(1, -1)
      .join("\n")
      .replace(/^\s*…$/gm, "");
    const { diagnostics } = parse(createSource("shown.vlmo", `vlmo 1\n${text}`));
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
  });

  it.each(lines)("$page: vlmo $line", async ({ line }) => {
    await expect(idleProgram().parseAsync(wordsOf(line), { from: "user" })).resolves.toBeDefined();
  });
});
