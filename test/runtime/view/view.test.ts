// `vlmo view` from start to end with the built command line: its address, access control, updates when files change, and its
// shutdown.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inProcess } from "../cli/in-process.js";
import { tinySpec } from "../cli/tiny.js";
import { make, runs } from "../runs/made.js";
import { ask } from "../serve/client.js";
import { follow, viewing, type Running } from "./watching.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-view-"));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true }));

/** Generous, as the machine may be busy with other tests. */
const patience = { timeout: 8000 };

/** The specification with this many layers. */
const layered = (layers: number): string => tinySpec.replace("layers: 1", `layers: ${layers}`);

const get = (url: string, headers: Record<string, string> = {}, method = "GET") =>
  ask(url, { method, path: new URL(url).pathname, headers });

describe("vlmo view", () => {
  let running: Running;
  beforeAll(async () => {
    await make(at("run"), runs["best"] ?? {});
    running = await viewing([at("run")]);
  });
  afterAll(async () => {
    running.kill("SIGINT");
    await running.over;
  });

  it("prints a local address with a token, and serves a page without external resources", async () => {
    expect(running.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{24}\/$/);
    const { status, text, headers } = await get(running.url);
    expect(status).toBe(200);
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+';.*frame-ancestors 'none'$/,
    );
    expect(text).toContain("recall(1)");
    expect(text).not.toMatch(/\bsrc="(?!data:)|url\((?!#)|<link|@import| style="/);
    expect((await get(running.url, {}, "HEAD")).text).toBe("");
  });

  it.each<{ what: string; path: (path: string) => string; headers?: Record<string, string>; method?: string; status: number }>([
    { what: "without a token", path: () => "/", status: 403 },
    { what: "with another token", path: (path) => path.replace(/^..../, "/AAA"), status: 403 },
    { what: "with a part of the token", path: (path) => path.slice(0, 8), status: 403 },
    { what: "for its events without a token", path: () => "/events", status: 403 },
    { what: "from a page of another origin", path: (path) => path, headers: { Origin: "http://evil.example" }, status: 403 },
    { what: "with another Host header", path: (path) => path, headers: { Host: "evil.example" }, status: 421 },
    { what: "with a method that would change something", path: (path) => path, method: "POST", status: 405 },
    { what: "for another page", path: (path) => `${path}run/best/`, status: 404 },
    { what: "for a file of the run", path: (path) => `${path}metrics.jsonl`, status: 404 },
    { what: "for a file above it", path: (path) => `${path}../../../etc/passwd`, status: 404 },
    { what: "for a file above it, encoded", path: (path) => `${path}run/%2e%2e%2f%2e%2e%2fetc%2fpasswd/`, status: 404 },
    { what: "with an invalid encoding", path: (path) => `${path}run/%ff/`, status: 404 },
  ])("refuses a request $what with $status", async ({ path, headers = {}, method = "GET", status }) => {
    const { url } = running;
    const reply = await ask(url, { method, path: path(new URL(url).pathname), headers });
    expect(reply.status).toBe(status);
    expect(reply.text).not.toContain(new URL(url).pathname);
    expect(reply.text.length).toBeLessThan(200);
  }); // prettier-ignore
});

describe("a specification", () => {
  it("is sent again when it or an import changes, and keeps its picture while it has a mistake", async () => {
    const base = (text: string): void => writeFileSync(at("base.vlmo"), text);
    base(layered(2));
    writeFileSync(at("all.vlmo"), 'vlmo 1\n\nimport { Tiny } from "./base.vlmo"\n\nmodel Own extends Tiny {}\n');
    const { url, kill, over } = await viewing([at("all.vlmo")]);
    const stream = await follow(url);
    const last = () => stream.sent.at(-1);
    await expect.poll(() => last()?.parts.join(""), patience).toContain('data-model="Own"');
    base(layered(3));
    await expect.poll(() => last()?.parts, patience).toEqual([null, expect.stringMatching(/layer 3/)]);
    base(layered(3).replace("width: 8", "width: 7"));
    await expect.poll(() => last()?.messages, patience).toMatch(/base\.vlmo:\d/);
    expect(last()?.parts).toEqual([null, null]);
    expect((await get(url)).text).toMatch(/layer 3[^]*/);
    // As editors save: a new file renamed over the old one.
    writeFileSync(at("next"), layered(4));
    renameSync(at("next"), at("all.vlmo"));
    await expect.poll(() => last()?.messages, patience).toBe("");
    expect(last()?.parts).toEqual([null, expect.stringMatching(/layer 4/)]);
    kill("SIGTERM");
    expect(await over).toMatchObject({ exit: 0, stderr: "" });
  });
});

describe("runs", () => {
  const line = (step: number): string => JSON.stringify({ kind: "step", stage: "pairs", step, loss: { total: 1 / step }, lr: 1e-3, seconds: step, items_per_second: 9 }); // prettier-ignore

  it("extend their curve when their log grows, by complete lines", async () => {
    await make(at("grows"), { info: {} });
    appendFileSync(at("grows", "metrics.jsonl"), `${line(1)}\n${line(2)}\n`);
    const { url, kill, over } = await viewing([at("grows"), "--json"]);
    const stream = await follow(url);
    const shown = (): string => stream.sent.map(({ parts }) => parts.join("")).at(-1) ?? "";
    await expect.poll(shown, patience).toContain("2 steps");
    appendFileSync(at("grows", "metrics.jsonl"), `${line(3)}\n${line(4).slice(0, 30)}`);
    await expect.poll(shown, patience).toContain("3 steps");
    expect(shown()).toContain("<svg");
    appendFileSync(at("grows", "metrics.jsonl"), `${line(4).slice(30)}\n`);
    await expect.poll(shown, patience).toContain("4 steps");
    stream.close();
    kill("SIGINT");
    expect((await over).exit).toBe(0);
  });

  it("of a folder are compared as they appear, with links to each page and back", async () => {
    mkdirSync(at("all", "deep"), { recursive: true });
    const { url, kill, over } = await viewing([at("all")]);
    const stream = await follow(url);
    await expect.poll(() => stream.sent[0]?.parts.join(""), patience).toContain("There are no runs yet");
    await make(at("all", "deep", "one"), runs["best"] ?? {});
    await make(at("all", "two"), runs["failed"] ?? {});
    await make(at("all", "broken"), { info: "no JSON" });
    await expect.poll(async () => (await get(url)).text, patience).toMatch(/broken. is not a run/);
    const { text } = await get(url);
    const links = [...text.matchAll(/<a href="([^"]+)">([^<]+)<\/a>/g)].map(([, link, name]) => [link, name]);
    expect(links.toSorted()).toEqual([["run/deep%2Fone/", "deep/one"], ["run/two/", "two"]]); // prettier-ignore
    const own = await get(new URL("run/deep%2Fone/", url).href);
    expect([own.status, own.text]).toEqual([200, expect.stringContaining('<a href="../../">')]);
    kill("SIGINT");
    expect((await over).exit).toBe(0);
  });
});

describe.skipIf(process.platform !== "linux")("--open", () => {
  it.each([
    { where: "there is a screen", environment: { DISPLAY: ":0" }, opens: true },
    { where: "there is none", environment: { DISPLAY: "", WAYLAND_DISPLAY: "" }, opens: false },
  ])("opens the browser if $where: $opens", async ({ environment, opens }) => {
    await make(at("opened"), runs["best"] ?? {});
    const asked = at(`asked-${opens}`);
    writeFileSync(at("xdg-open"), `#!/bin/sh\necho "$1" > ${asked}\n`, { mode: 0o755 });
    const { url, kill, over } = await viewing([at("opened"), "--open"], { ...environment, PATH: `${folder}:${process.env["PATH"]}` });
    if (opens) await expect.poll(() => existsSync(asked) && readFileSync(asked, "utf8").trim(), patience).toBe(url);
    kill("SIGINT");
    const { exit, stderr } = await over;
    expect([exit, /no browser/.test(stderr)]).toEqual([0, !opens]);
  }); // prettier-ignore
});

describe("--export", () => {
  it.each([
    { what: "a run", target: "best", holds: /recall\(1\)[^]*<svg/ },
    { what: "runs", target: ".", holds: /<td[^>]*>\s*<span>[^]*best/ },
  ])("writes the page of $what as one file without a script", async ({ target, holds }) => {
    await make(at("exported", "best"), runs["best"] ?? {});
    const page = at(`${target === "." ? "all" : target}.html`);
    expect(await inProcess(["view", at("exported", target), "--export", page])).toEqual({ exit: 0, stdout: `${page}\n`, stderr: "" }); // prettier-ignore
    const text = readFileSync(page, "utf8");
    expect(text).toMatch(holds);
    expect(text).not.toMatch(/<script|<a href|https?:\/\/(?!www\.w3\.org)/);
  });

  it("writes the page of a specification, and nothing if it has a mistake", async () => {
    const [good, bad, page] = [at("good.vlmo"), at("bad.vlmo"), at("of-spec.html")];
    writeFileSync(good, layered(2));
    writeFileSync(bad, layered(2).replace("width: 8", "width: 7"));
    expect((await inProcess(["view", bad, "--export", page])).exit).toBe(1);
    expect(existsSync(page)).toBe(false);
    expect((await inProcess(["view", good, "--export", page])).exit).toBe(0);
    expect(readFileSync(page, "utf8")).toContain('data-model="Tiny"');
  });
});

it.each([
  { args: ["nowhere.vlmo"], exit: 1, says: /nowhere\.vlmo/ },
  { args: ["specs/quickstart.vlmo", "."], exit: 2, says: /no page together/ },
  { args: [".", "--set", "a=1"], exit: 2, says: /--set is of specifications/ },
  { args: ["specs", "--export", "x.html"], exit: 1, says: /V968.*no run is in it/ },
  { args: ["specs/quickstart.vlmo", "--export", "x.html", "--open"], exit: 2, says: /--open/ },
  { args: ["specs/quickstart.vlmo", "--port", "x"], exit: 2, says: /0 to 65535/ },
])("refuses $args", async ({ args, exit, says }) => {
  const outcome = await inProcess(["view", ...args]);
  expect([outcome.exit, outcome.stderr.replace(/\s+/g, " ")]).toEqual([exit, expect.stringMatching(says)]);
});
