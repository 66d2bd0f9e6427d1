// `vlmo view` in a real browser: changes on disk show at once, and the reader's selections and open sections survive them.
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveView, type ViewServer } from "../../runtime/view/server.js";
import { subjectOf } from "../../runtime/view/subject.js";
import { tinySpec } from "../runtime/cli/tiny.js";
import { info, make, runs, vision } from "../runtime/runs/made.js";
import { hasChromium, openBrowser, openPage, overflows, seriousFindings } from "../support/browser.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-live-"));
const at = (...names: string[]): string => join(folder, ...names);
let browser: Browser;
const servers: ViewServer[] = [];

beforeAll(async () => {
  if (hasChromium) browser = await openBrowser();
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  if (hasChromium) await browser.close();
  rmSync(folder, { recursive: true });
});

/** The page of `targets`, once it follows their files. */
async function viewed(...targets: readonly string[]) {
  const subject = await subjectOf(targets, { set: [], isAlone: false });
  if (subject === null) throw new Error("no subject");
  const failed = (error: unknown): void => expect(error).toBeNull();
  const server = await serveView({ subject, port: 0, failed });
  servers.push(server);
  const opened = await openPage(browser, server.url);
  await opened.page.getByText("live", { exact: true }).waitFor();
  return { ...opened, server };
}

async function expectSound(page: Page, problems: readonly string[]): Promise<void> {
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    expect([width, await overflows(page)]).toEqual([width, false]);
  }
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    expect([colorScheme, await seriousFindings(page)]).toEqual([colorScheme, []]);
  }
  expect(problems).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 900 });
}

const layered = (layers: number): string => tinySpec.replace("layers: 1", `layers: ${layers}`);

describe.skipIf(!hasChromium)("a page of vlmo view", () => {
  it("follows a specification as it is edited, shows mistakes above the last valid picture, and keeps the reader's selection", async () => {
    writeFileSync(at("tiny.vlmo"), layered(2));
    const { page, problems } = await viewed(at("tiny.vlmo"));
    const title = page.locator(".model h2");
    const messages = page.locator("#messages");
    await expect.poll(() => title.textContent()).toContain("Tiny");
    const way = page.locator('input[type="radio"]').nth(1);
    await way.check();
    writeFileSync(at("tiny.vlmo"), layered(5));
    await page.locator('[data-layer="5"]').first().waitFor({ state: "attached" });
    await page.evaluate("window.scrollTo(0, 300)");
    writeFileSync(at("tiny.vlmo"), layered(5).replace("count = 3", "count = 70"));
    await page.locator('[data-stage="first"]').getByText("70 steps").waitFor();
    expect(await way.isChecked()).toBe(true);
    expect(await page.locator('input[type="radio"]:focus:checked').count()).toBe(1);
    expect(await page.evaluate("window.scrollY")).toBe(300);
    writeFileSync(at("tiny.vlmo"), layered(5).replace("width: 8", "width: 7"));
    await messages.getByText(/tiny\.vlmo:\d+/).waitFor();
    expect(await messages.isVisible()).toBe(true);
    expect(await page.locator('[data-layer="5"]').count()).toBeGreaterThan(0);
    await expectSound(page, problems);
    writeFileSync(at("tiny.vlmo"), layered(3));
    await expect.poll(() => messages.textContent(), { timeout: 5000 }).toBe("");
    expect(await page.locator('[data-layer="4"]').count()).toBe(0);
    await page.close();
  }, 30_000); // prettier-ignore

  it("updates the curves of a run in progress and keeps opened sections open", async () => {
    const start = { kind: "stage_start", stage: "pairs", step: 0, steps: 40 };
    const line = (step: number) => ({ kind: "step", stage: "pairs", step, loss: { total: 1 / step }, lr: 1e-3, seconds: step / 2, items_per_second: 9 }); // prettier-ignore
    await make(at("run"), { lines: [...vision, start, line(1), line(2)], info: info({ ended: null }) });
    const { page, problems, server } = await viewed(at("run"));
    const stage = page.locator("#stage-pairs");
    const details = page.locator("details", { hasText: "Learning rate" });
    await expect.poll(() => stage.textContent()).toContain("2 of 40 steps");
    await details.locator("summary").click();
    const curve = page.getByRole("img", { name: "Loss, total" }).last();
    await page.evaluate("document.querySelector('#stage-pairs').isTheSame = true");
    const before = await curve.innerHTML();
    for (let step = 3; step <= 20; step++) appendFileSync(at("run", "metrics.jsonl"), `${JSON.stringify(line(step))}\n`);
    await expect.poll(() => stage.textContent(), { timeout: 8000 }).toContain("20 of 40 steps");
    expect(await curve.innerHTML()).not.toBe(before);
    expect(await page.evaluate("document.querySelector('#stage-pairs').isTheSame")).toBe(true);
    expect(await page.locator("details[open]", { hasText: "Learning rate" }).count()).toBe(1);
    await expectSound(page, problems);
    await server.stop();
    await page.getByText("no longer updated").waitFor();
    await page.close();
  }, 30_000); // prettier-ignore

  it("compares the runs of a folder, with links to each and back", async () => {
    mkdirSync(at("runs"));
    for (const name of ["best", "failed", "stopped"]) await make(at("runs", name), runs[name] ?? {});
    const { page, problems } = await viewed(at("runs"));
    await expect.poll(() => page.locator("tbody tr").count()).toBe(3);
    await expectSound(page, problems);
    await make(at("runs", "another"), runs["killed"] ?? {});
    await expect.poll(() => page.locator("tbody tr").count(), { timeout: 8000 }).toBe(4);
    await page.getByRole("link", { name: "best" }).click();
    await page.getByText("best recall(1) 50.0% at step 1").waitFor();
    await page.getByRole("link", { name: "all runs" }).click();
    await page.getByRole("link", { name: "another" }).waitFor();
    expect(problems).toEqual([]);
    await page.close();
  }, 30_000); // prettier-ignore
});
