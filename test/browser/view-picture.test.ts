// The page that `vlmo view FILE --export` writes, in a real browser: layers and routes as rendered, no findings of axe-core,
// no horizontal scrolling; a route highlighted by keyboard; a picture as a separate file.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inProcess } from "../runtime/cli/in-process.js";
import { hasChromium, openBrowser, openPage, overflows, seriousFindings } from "../support/browser.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-picture-"));
const at = (name: string): string => join(folder, name);
const address = (name: string): string => pathToFileURL(at(name)).href;
let browser: Browser;

beforeAll(async () => {
  if (!hasChromium) return;
  browser = await openBrowser();
  await written("view", "specs/vlmo-base.vlmo", "--export", at("base.html"));
  await written("view", "specs/vlmo-base.vlmo", "specs/vlmo-large.vlmo", "--export", at("both.html"));
  await written("view", "specs/vlmo-base.vlmo", "--svg", "--out", at("base.svg"));
  writeFileSync(
    at("shows.html"),
    `<!doctype html><html lang="en"><title>t</title><main><h1>t</h1><img src="base.svg" alt="Base"></main></html>`,
  );
});
afterAll(async () => {
  if (hasChromium) await browser.close();
  rmSync(folder, { recursive: true });
});

async function written(...args: readonly string[]): Promise<void> {
  const { exit, stderr } = await inProcess(args);
  expect([exit, stderr]).toEqual([0, ""]);
}

/** `LAYER EXPERT` along a route from the top down, as rendered. */
async function way(page: Page, view: string): Promise<string[]> {
  const seen = await page.evaluate(`[...document.querySelectorAll('.lane[data-view="${view}"] .expert')].map((box) => {
    const { top, left } = box.getBoundingClientRect();
    return { top, left, said: box.dataset.layer + " " + box.dataset.expert };
  })`);
  const boxes = seen as { readonly top: number; readonly left: number; readonly said: string }[]; // the line above makes them
  return boxes.toSorted((a, b) => a.top - b.top || a.left - b.left).map(({ said }) => said);
}

const layers = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, i) => from - i);

describe.skipIf(!hasChromium)("the page of VLMo-Base", () => {
  it("shows twelve layers with the last on top; a pair is routed to fusion on the top two, below that by modality", async () => {
    const { page, problems } = await openPage(browser, address("base.html"));
    expect(await way(page, "pair")).toEqual([
      "12 fusion",
      "11 fusion",
      ...layers(10, 1).flatMap((layer) => [`${layer} language`, `${layer} vision`]),
    ]);
    expect(await way(page, "image")).toEqual(layers(12, 1).map((layer) => `${layer} vision`));
    expect(await way(page, "text")).toEqual(layers(12, 1).map((layer) => `${layer} language`));
    expect(await page.locator("[data-attention]").count()).toBe(12);
    const stages = "[...document.querySelectorAll('[data-stage]')].map((card) => card.dataset.stage)";
    expect(await page.evaluate(stages)).toEqual(["vision", "language", "fusion"]);
    expect(problems).toEqual([]);
    await page.close();
  });

  it("highlights one route, chosen by menu, pointer or Tab, and dims the rest", async () => {
    const { page } = await openPage(browser, address("base.html"));
    const opacities = () =>
      page.evaluate("[...document.querySelectorAll('.lane')].map((lane) => getComputedStyle(lane).opacity)");
    await expect.poll(opacities).toEqual(["1", "1", "1"]);
    await page.locator('input[value="pair"]').check();
    await expect.poll(opacities).toEqual(["0.15", "0.15", "1"]);
    await page.locator('input[value="all"]').check();
    await page.locator('.lane[data-view="text"] .expert').first().hover();
    await expect.poll(opacities).toEqual(["0.15", "1", "0.15"]);
    await page.mouse.move(0, 0);
    await page.locator('input[value="all"]').focus();
    await page.keyboard.press("Tab");
    await expect.poll(opacities).toEqual(["1", "0.15", "0.15"]);
    await page.close();
  });

  it.each([
    { file: "base.html", width: 1280, dark: false },
    { file: "base.html", width: 390, dark: true },
    { file: "both.html", width: 1440, dark: true },
  ])("$file at $width pixels has no findings (dark: $dark)", async ({ file, ...look }) => {
    const { page, problems } = await openPage(browser, address(file), look);
    expect(await seriousFindings(page)).toEqual([]);
    for (const width of [390, look.width]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await overflows(page)).toBe(false);
    }
    expect(problems).toEqual([]);
    await page.close();
  });
});

it.skipIf(!hasChromium)("a picture file has the size it declares, and other colours on a dark screen", async () => {
  const pictures: string[] = [];
  for (const dark of [false, true]) {
    const { page, problems } = await openPage(browser, address("shows.html"), { dark });
    expect(await page.evaluate("document.querySelector('img').naturalWidth")).toBeGreaterThan(700);
    pictures.push((await page.locator("img").screenshot()).toString("base64"));
    expect(problems).toEqual([]);
    await page.close();
  }
  expect(pictures[0] === pictures[1]).toBe(false);
});
