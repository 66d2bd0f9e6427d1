// The pages that commands write or serve, in a real browser: no findings of axe-core and no horizontal scrolling, on wide and
// narrow, light and dark screens. `vlmo view` is tested in view-live.test.ts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { engines } from "../../runtime/engines/index.js";
import { openModel } from "../../runtime/predict/model.js";
import { writeReport } from "../../runtime/report/index.js";
import { serve, type Server } from "../../runtime/serve/server.js";
import { inProcess } from "../runtime/cli/in-process.js";
import { tinySpec } from "../runtime/cli/tiny.js";
import { make, runs } from "../runtime/runs/made.js";
import { hasChromium, openBrowser, openPage, overflows, seriousFindings } from "../support/browser.js";
import { checkpointOf, drawImage } from "../support/trained.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-pages-"));
const at = (...names: string[]): string => join(folder, ...names);
const checkpoint = (stage: string) => checkpointOf(folder, stage, { labels: { label: ["red", "green", "blue"] } });
let browser: Browser;
let server: Server | null = null;

beforeAll(async () => {
  if (!hasChromium) return;
  browser = await openBrowser();
  mkdirSync(at("images"));
  await drawImage(at("images", "red.png"), [200, 30, 30]);
  await drawImage(at("images", "blue.png"), [10, 90, 240]);
});
afterAll(async () => {
  await server?.stop();
  if (hasChromium) await browser.close();
  rmSync(folder, { recursive: true });
});

const asked = { pictures: ["pictures/a.png"], text: "what colour is the dog?" };
/** An answer of each form. */
const samples = [
  { form: "ranked", pictures: ["pictures/a.png"], ranked: [{ text: "a red dog", rank: 1, right: false }, { text: "a cat", rank: 2, right: true }] },
  { form: "ranked", pictures: [], text: "a red dog", ranked: [{ picture: "pictures/a.png", rank: 1, right: true }] },
  { form: "words", pictures: [], words: [{ text: "a" }, { text: "red", truth: "red" }, { text: "cat", truth: "dog" }] },
  { form: "answer", ...asked, said: "red", truth: "red", sure: 0.9 },
  { form: "answer", ...asked, said: "red", truth: "blue", sure: 0.6 },
  { form: "reconstructed", pictures: ["pictures/a.png"], made: "pictures/a.png" },
  { form: "caption", pictures: ["pictures/a.png"], said: "a dog", references: ["a red dog", "one dog"] },
  { form: "regions", pictures: ["pictures/a.png"], said: "pictures/a.png", truth: "pictures/a.png", legend: [{ name: "dog", colour: "#aa3322" }, { name: "sky", colour: "#2233aa" }] },
]; // prettier-ignore
const parts = [{ name: "dog", value: 0.2, items: 10 }, { name: "sky", value: null }]; // prettier-ignore
const evaluation = { kind: "evaluation", name: "regions", stage: "pairs", step: 2, metrics: [{ name: "mean IoU", unit: "overlap", value: 0.2, chance: 0.1, items: 10, noun: "images", parts }] }; // prettier-ignore

/** Each page by its name: makes it and gives its address. */
const pages: Readonly<Record<string, () => Promise<string>>> = {
  report: async () => {
    const { lines = [], info } = runs["best"] ?? {};
    const more = [evaluation, { kind: "samples", name: "retrieval", stage: "pairs", samples }];
    await make(at("run"), { lines: [...lines, ...more], ...(info !== undefined && { info }) });
    mkdirSync(at("run", "pictures"));
    await drawImage(at("run", "pictures", "a.png"), [200, 30, 30]);
    return pathToFileURL((await writeReport(at("run"))).page).href;
  },
  serve: async () => {
    const model = await openModel(await checkpoint("of_label"));
    const engine = await engines.ort({ threads: 1, backend: null });
    const limits = { body: 2 ** 20, waiting: 8, seconds: 20 };
    const failed = (error: unknown): void => expect(error).toBeNull();
    const told = { failed, noted: failed };
    server = await serve({ model, engine, host: "127.0.0.1", port: 0, batch: 4, limits, version: "test", ...told });
    return server.url;
  },
  data: async () => {
    writeFileSync(at("small.vlmo"), tinySpec);
    return written("data", at("small.vlmo"), "--out", at("data.html"));
  },
  search: async () =>
    written("search", await checkpoint("of_contrast"), at("images"), "--text", "a red dog", "--out", at("search.html")),
};

async function written(...args: readonly string[]): Promise<string> {
  const { exit, stderr } = await inProcess(args);
  expect([exit, stderr.match(/error.*/)]).toEqual([0, null]);
  return pathToFileURL(args.at(-1) ?? "").href;
}

it.skipIf(!hasChromium).each(Object.entries(pages))("the page of %s has no findings of axe-core and does not scroll horizontally", async (_, made) => {
  const address = await made();
  for (const dark of [false, true]) {
    const { page, problems } = await openPage(browser, address, { dark });
    // axe-core skips the contents of closed elements.
    await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))");
    for (const width of dark ? [1280, 390] : [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      expect([dark, width, await overflows(page)]).toEqual([dark, width, false]);
    }
    // Narrow and dark, wide and light: each colour scheme and each layout once.
    expect([dark, await seriousFindings(page)]).toEqual([dark, []]);
    expect(problems).toEqual([]);
    await page.close();
  }
}, 30_000); // prettier-ignore
