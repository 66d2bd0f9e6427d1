// The playground in a real browser, built by `npm run playground` and served by its own server.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines } from "../../runtime/engines/index.js";
import { trainSteps } from "../../runtime/test/train.js";
import { nothingHanded } from "../../runtime/train/initialize.js";
import { specIn, stageOf } from "../support/specs.js";
import { opened } from "../support/stage-data.js";
import { hasChromium, openBrowser, openPage, overflows, seriousFindings, type Look } from "../support/browser.js";

/** Small enough to train in a second or two. */
const small = `vlmo 1

model Tiny {
  layers: 2
  width: 32
  attention { heads: 2, position: absolute(image) }
  image { size: 24px, patch: 8px }
  experts { vision: ffn(image, ratio: 2) on all }
}

data scenes: images { format: shapes, seed: 1, scenes: 64 }
data labelled: labelled_images { format: shapes, seed: 1, scenes: 128 }
data masked: masks { format: shapes, seed: 1, scenes: 64 }

head patches: masked_patches(image.patches) { mask: random(40%), targets: pixels }
head kind: classify(image.cls) { classes: 28 }
head parts: segment(image.layer(1), image.layer(2)) { classes: 5, hidden: 16 }

param rate = 3e-3

stage see { model: Tiny, data: scenes, learn: patches, train: all, batch: 16, steps: 30, optimizer: adamw(lr: rate, clip: 1), schedule: constant }
stage kinds from see { data: labelled, learn: kind, train: all, batch: 16, steps: 30, optimizer: adamw(lr: rate, clip: 1), schedule: constant }
stage regions { model: Tiny, data: masked, learn: parts, train: all, batch: 16, steps: 30, optimizer: adamw(lr: rate, clip: 1), schedule: constant }
`;

/** The page's address computed independently: JSON, deflated, in base64url. */
function addressOf(path: string, texts: Readonly<Record<string, string>>): string {
  const packed = deflateRawSync(JSON.stringify(Object.entries(texts))).toString("base64url");
  return `#${path}~${packed}`;
}

describe.skipIf(!hasChromium)("the playground", () => {
  let [folder, site] = ["", ""];
  let server: ChildProcess | undefined;
  let browser: Browser | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "vlmo-playground-"));
    server = spawn(process.execPath, ["playground/build.js", "--out", join(folder, "site"), "--serve"]);
    site = await addressIn(server);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    server?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  async function openedAt(fragment = "", look: Look = {}): Promise<{ page: Page; problems: readonly string[] }> {
    if (browser === undefined) throw new Error("no browser");
    const open = await openPage(browser, `${site}${fragment}`, look);
    await open.page.locator("#plan-text").filter({ hasText: "model" }).waitFor({ state: "attached" });
    return open;
  }

  it("shows a mistake as it is typed, above the last valid plan; a quick fix and undo correct it", async () => {
    const { page, problems } = await openedAt();
    await cursorAfter(page, "width: 96");
    await page.keyboard.type(" + 4px");
    const found = page.locator("#problems li");
    await found.filter({ hasText: "V" }).first().waitFor();
    await page.locator("#plan.stale").waitFor({ state: "attached" });
    expect(await page.locator("#plan-text").textContent()).toContain("model Small: 4 layers, 96 wide");
    for (let i = 0; i < 3; i++) await page.keyboard.press("Control+z");
    await says(page.locator("#problem-count"), "no problems");

    await cursorAfter(page, "layers: 4");
    await page.keyboard.type("\nattenton { heads: 3 }");
    await found.filter({ hasText: "attenton" }).waitFor();
    await page.keyboard.press("Control+.");
    await found.filter({ hasText: "given twice" }).waitFor();
    expect(await page.locator(".cm-content").textContent()).toContain("attention { heads: 3 }");
    expect(problems).toEqual([]);
    await page.close();
  });

  it("completes by keyboard and shows inlay hints", async () => {
    const { page, problems } = await openedAt();
    await page.locator(".cm-content .hint").filter({ hasText: "layers 3..4" }).waitFor();
    await cursorAfter(page, "schedule: constant(warmup: 20 steps)");
    await page.keyboard.type("\nvalid");
    await page.locator(".cm-tooltip-autocomplete li[aria-selected]").filter({ hasText: "validate" }).waitFor();
    // A list that has just opened ignores keys for a moment.
    await page.waitForTimeout(150);
    await page.keyboard.press("Enter");
    expect(await page.locator(".cm-content").textContent()).toContain("validate");
    expect(problems).toEqual([]);
    await page.close();
  });

  it("creates a new file, imports the names used in it, and keeps the last edit", async () => {
    const { page, problems } = await openedAt();
    await page.locator("#new").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("stage a {\nmodel: VlmoLar");
    await page.locator(".cm-tooltip-autocomplete li[aria-selected]").filter({ hasText: "VlmoLarge" }).waitFor();
    await page.waitForTimeout(150);
    await page.keyboard.press("Enter");
    await page.keyboard.type("\noptimizer: adamw(");
    await page.locator(".cm-lsp-signature-tooltip").filter({ hasText: "weight_decay" }).waitFor();
    await page.keyboard.type("lr: 1e-3)");
    await page.locator("#file").selectOption("specs/shapes.vlmo");
    await page.locator(".cm-content").getByText("Deeper", { exact: true }).first().waitFor();
    await page.locator("#file").selectOption("mine/new.vlmo");
    await page.locator(".cm-content").getByText("VlmoLarge").first().waitFor();
    const lines = await page.locator(".cm-line").allTextContents();
    expect(lines).toContain('import { VlmoLarge } from "../specs/vlmo-large.vlmo"');
    expect(lines.slice(-4)).toEqual(["stage a {", "  model: VlmoLarge", "  optimizer: adamw(lr: 1e-3)", "}"]);
    expect(problems).toEqual([]);
    await page.close();
  });

  it("renames across files and keeps changed files in the address", async () => {
    const { page, problems } = await openedAt("#specs/vlmo-base.vlmo");
    await page.locator(".cm-content").filter({ hasText: "import" }).waitFor();
    const [, imported = ""] = /import \{ (\w+)/.exec((await page.locator(".cm-content").textContent()) ?? "") ?? [];
    await page.locator(".cm-content").getByText(imported, { exact: true }).first().click();
    await page.keyboard.press("F2");
    await page.locator(".cm-lsp-rename-panel input").fill("renamed_here");
    await page.keyboard.press("Enter");
    await page.locator(".cm-content").getByText("renamed_here").first().waitFor();
    await page.locator("#file option").filter({ hasText: "data.vlmo (changed)" }).waitFor({ state: "attached" });
    await says(page.locator("#problem-count"), "no problems");

    const { page: again } = await openedAt(new URL(page.url()).hash);
    expect(await again.locator(".cm-content").textContent()).toContain("renamed_here");
    await says(again.locator("#problem-count"), "no problems");
    expect(problems).toEqual([]);
    await again.close();
    await page.close();
  });

  it("opens a shared address, switches tabs by keyboard, and trains to a falling loss", async () => {
    const { page, problems } = await openedAt(addressOf("mine/tiny.vlmo", { "mine/tiny.vlmo": small }));
    expect(await page.locator("#picture-drawing svg").count()).toBeGreaterThan(0);
    await page.locator("#tab-picture").focus();
    await page.keyboard.press("ArrowRight");
    await page.locator("#plan-text").filter({ hasText: "model Tiny: 2 layers, 32 wide" }).waitFor();
    await page.keyboard.press("ArrowRight");
    await page.locator("#train-steps").fill("25");
    await page.locator("#train-stage").selectOption("kinds");
    await page.locator("#train-start").click();
    await says(page.locator("#train-status"), "done");
    const [before, after] = await lossesOf(page, "see");
    expect(after).toBeLessThan(0.8 * before);
    const curve = page.locator("figure[data-stage=see] polyline");
    expect((await curve.getAttribute("points"))?.split(" ")).toHaveLength(25);
    const learnt = page.locator("figure[data-stage=kinds] .learnt");
    expect(await learnt.locator(".measured").textContent()).toMatch(/^\s*\d+\.\d% kind accuracy \(chance /);
    expect(await learnt.locator(".sample img").count()).toBe(6);
    // Equal to Node's but for the antialiased edges of drawings: data, masks, initial values and noise are the same.
    expect(before).toBeCloseTo(await firstLoss("see"), 2);

    await page.locator("#train-stage").selectOption("regions");
    await page.locator("#train-start").click();
    await says(page.locator("#train-status"), "done");
    expect((await lossesOf(page, "regions"))[0]).toBeCloseTo(await firstLoss("regions"), 2);
    expect(problems).toEqual([]);
    await page.close();
  });

  it("stops a training, and reports why a stage cannot be trained in a page", async () => {
    const { page } = await openedAt();
    await page.locator("#tab-train").click();
    await page.locator("#train-start").click();
    await page.locator("figure[data-stage=vision]").filter({ hasText: "of 40" }).waitFor();
    await page.locator("#train-start").click();
    await says(page.locator("#train-status"), "stopped");
    await page.locator("#file").selectOption("specs/vlmo-base.vlmo");
    await page.locator("#train-note").filter({ hasText: "reads files" }).waitFor();
    expect(await page.locator("#train-start").isDisabled()).toBe(true);
    await page.close();
  });

  it("executes no markup or script from a shared specification", async () => {
    const evil = small.replace("model Tiny", '/// <img src=x onerror="document.title = `taken`"> **bold**\nmodel Tiny');
    const { page } = await openedAt(addressOf("<b>evil.vlmo", { "<b>evil.vlmo": evil }));
    await page.locator(".cm-content").getByText("Tiny", { exact: true }).first().hover();
    await page.locator(".cm-lsp-hover-tooltip").filter({ hasText: "bold" }).waitFor();
    expect(await page.locator(".cm-lsp-hover-tooltip img").count()).toBe(0);
    expect(await page.title()).toBe("vlmo · playground");
    await page.close();
  });

  it.each([
    ["light", 1280, ["picture", "train"]],
    ["dark", 390, ["editor", "picture", "plan", "train"]],
  ] as const)("has no accessibility findings: %s, %i pixels wide", async (theme, width, tabs) => {
    const { page, problems } = await openedAt("", { width, dark: theme === "dark" });
    for (const tab of tabs) {
      await page.locator(`#tab-${tab}`).click();
      expect(await overflows(page), tab).toBe(false);
      if (tab !== "plan") expect(await seriousFindings(page), tab).toEqual([]);
    }
    expect(problems).toEqual([]);
    await page.close();
  });

  it("is not built into a folder that holds other files", async () => {
    await writeFile(join(folder, "mine.html"), "kept");
    const build = spawn(process.execPath, ["playground/build.js", "--out", folder]);
    expect(await new Promise((resolve) => build.on("exit", resolve))).toBe(2);
    expect(await readdir(folder)).toContain("mine.html");
  });
});

/** The address that a server prints. */
function addressIn({ stdout, stderr }: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    stdout?.on("data", (part: Buffer) => {
      text += part.toString();
      const [address] = /http:\/\/\S+/.exec(text) ?? [];
      if (address !== undefined) resolve(address);
    });
    stderr?.on("data", (part: Buffer) => reject(new Error(part.toString())));
  });
}

async function cursorAfter(page: Page, text: string): Promise<void> {
  await page.locator(".cm-line").filter({ hasText: text }).first().click();
  await page.keyboard.press("End");
}

/** The first and the last loss of a stage as shown on the page. */
async function lossesOf(page: Page, stage: string): Promise<[first: number, last: number]> {
  const numbers = (await page.locator(`figure[data-stage=${stage}] .numbers`).textContent()) ?? "";
  const [, first, last] = /step 25 of 25 · loss ([\d.]+) → ([\d.]+)/.exec(numbers) ?? [];
  return [Number(first), Number(last)];
}

/** The loss of a stage's first step in Node, where sharp renders the drawings. */
async function firstLoss(name: string): Promise<number> {
  const stage = stageOf(specIn(small), name);
  const engine = await engines.tfjs({ threads: 1, backend: "wasm" });
  const duration = { unit: "steps", value: 1 } as const;
  const { steps } = await trainSteps({ stage, duration, ...(await opened(stage)), engine, handed: nothingHanded });
  engine.dispose();
  return steps[0]?.losses.get("total") ?? NaN;
}

/** Waits for a text. */
async function says(element: Locator, text: string): Promise<void> {
  await element.filter({ hasText: text }).waitFor();
}
