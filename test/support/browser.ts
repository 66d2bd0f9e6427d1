// Pages in a real browser: Debian's Chromium, headless. What needs one is left out where there is none, and says so.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium as launcher, type Browser, type Page } from "playwright-core";

const program = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export const hasChromium = existsSync(program);
if (!hasChromium) console.log(`skipped: pages in a browser (no ${program}; Debian's chromium brings it)`);

/** How a page is looked at. */
export interface Look {
  /** Pixels; 1280 where it is left out. */
  readonly width?: number;
  readonly dark?: boolean;
}

/** A page with what went wrong on it. */
export interface Opened {
  readonly page: Page;
  /** Errors of its console, exceptions, and requests to any other host than its own. */
  readonly problems: readonly string[];
}

/** A browser; the test closes it. */
export function openBrowser(): Promise<Browser> {
  return launcher.launch({ executablePath: program, args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page at an address, after it has loaded. */
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

/** Whether a page is wider than its window, which makes a reader scroll sideways. */
export function overflows(page: Page): Promise<boolean> {
  return page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1");
}

/** Serious and critical findings of axe-core, each with the elements it is about. */
export async function seriousFindings(page: Page): Promise<readonly string[]> {
  const script = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  // A page's own policy forbids tags with scripts, not what a debugger evaluates.
  await page.evaluate(script);
  // What axe-core documents as its results; of others than violations it then looks at one element a rule.
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
