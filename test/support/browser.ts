// Pages in a real browser: Debian's Chromium, headless. Tests that need it are skipped with a message if it is missing.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium as launcher, type Browser, type Page } from "playwright-core";

const program = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export const hasChromium = existsSync(program);
if (!hasChromium) console.log(`skipped: pages in a browser (no ${program}; provided by Debian's chromium)`);

/** The viewport and preferences of a page. */
export interface Look {
  /** In pixels, by default 1280. */
  readonly width?: number;
  readonly dark?: boolean;
}

/** A page with its problems. */
export interface Opened {
  readonly page: Page;
  /** Console errors, exceptions, and requests to other hosts. */
  readonly problems: readonly string[];
}

/** A browser, to be closed by the test. */
export function openBrowser(): Promise<Browser> {
  return launcher.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page at an address, loaded. */
export async function openPage(
  browser: Browser,
  address: string,
  { width = 1280, dark = false }: Look = {},
): Promise<Opened> {
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  const problems: string[] = [];
  const { host } = new URL(address);
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^(https?|wss?):$/.test(url.protocol) && url.host !== host) problems.push(`asks ${request.url()}`);
  });
  await page.goto(address, { waitUntil: "load" });
  return { page, problems };
}

/** Whether a page is wider than its window, and so scrolls horizontally. */
export function overflows(page: Page): Promise<boolean> {
  return page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1");
}

/** Serious and critical findings of axe-core, each with its elements. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  const script = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // The page's content security policy forbids script tags, but not evaluation by a debugger.
  await page.evaluate(script);
  // axe-core's `resultTypes`: for other results than violations it reports one element per rule.
  const { violations } = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as {
    readonly violations: readonly {
      readonly id: string;
      readonly impact: string | null;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  };
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
}
