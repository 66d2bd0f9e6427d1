// The pages for people: links lead to files and headings that are there, and command lines are such that vlmo understands.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { idleProgram, wordsOf } from "./support/idle-program.js";

const inDocs = readdirSync("docs", { recursive: true, encoding: "utf8" }).map((name) => posix.join("docs", name));
const pages = ["README.md", "CONTRIBUTING.md", ...inDocs.filter((name) => name.endsWith(".md"))];

const textOf = (page: string): string => readFileSync(page, "utf8");
const blocks = /^```.*?^```$/gms;

/** As GitHub names headings. */
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

/** What is wrong with a link of a page; null where it leads somewhere. */
function brokenLink(page: string, link: string): string | null {
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : posix.join(posix.dirname(page), file);
  if (!existsSync(target)) return `${page}: there is no ${target}`;
  if (anchor === undefined || statSync(target).isDirectory() || anchorsOf(target).includes(anchor)) return null;
  return `${page}: ${target} has no heading #${anchor}`;
}

/** The command lines that a page shows being typed. */
function commandsOf(page: string): string[] {
  const text = (textOf(page).match(blocks) ?? []).filter((block) => block.startsWith("```console")).join("\n");
  return [...text.replace(/\\\n\s*/g, "").matchAll(/^\$ vlmo (.*)$/gm)].map(
    ([, line = ""]) => line.split(/ [|>] /)[0] ?? "",
  );
}

describe("the pages", () => {
  it("link to what is there", () => {
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

  it.each(lines)("$page: vlmo $line", async ({ line }) => {
    await expect(idleProgram().parseAsync(wordsOf(line), { from: "user" })).resolves.toBeDefined();
  });
});
