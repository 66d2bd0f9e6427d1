// A server from start to end: the built command line on a small model, with requests as JSON and forms, sequential and
// concurrent, every kind of mistake, and its shutdown; heads of other kinds in this process.
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines } from "../../../runtime/engines/index.js";
import { openModel } from "../../../runtime/predict/model.js";
import { serve, type Server } from "../../../runtime/serve/server.js";
import { checkpointOf } from "../../support/trained.js";
import { vlmo, type Outcome } from "../cli/command.js";
import { inProcess } from "../cli/in-process.js";
import { asForm, ask, asJson, type Asked } from "./client.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-serve-"));
const at = (...names: string[]): string => join(folder, ...names);
const checkpoint = (stage: string): Promise<string> =>
  checkpointOf(folder, stage, { labels: { label: ["red", "green", "blue"] } });
const picture = (background: string): Promise<Buffer> =>
  sharp({ create: { width: 12, height: 9, channels: 3, background } })
    .png()
    .toBuffer();
let red: Buffer = Buffer.from("");
let blue: Buffer = red;
const base64 = (bytes: Buffer): string => bytes.toString("base64");

beforeAll(async () => {
  [red, blue] = [await picture("#c81e1e"), await picture("#0a5af0")];
  mkdirSync(at("images"));
  writeFileSync(at("images", "red.png"), red);
  writeFileSync(at("images", "blue.png"), blue);
});

interface Running {
  readonly url: string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly over: Promise<Outcome>;
}

/** The command line, once it listens. */
function started(args: readonly string[]): Promise<Running> {
  return new Promise((resolve, reject) => {
    const over = vlmo(["serve", ...args, "--port", "0", "--json", "--threads", "1"], {
      watch: (stdout, kill) => {
        const url = /"url":"([^"]+)"/.exec(stdout)?.[1];
        if (url !== undefined) resolve({ url, kill, over });
      },
    });
    void over.then(({ stderr }) => reject(new Error(stderr)));
  });
}

/** Rounds numbers, as other batch sizes sum in another order. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, each: unknown) => (typeof each === "number" ? Number(each.toFixed(5)) : each)),
  );
}

describe("vlmo serve", () => {
  let running: Running;
  beforeAll(async () => {
    running = await started([await checkpoint("of_match"), "--max-body", "1MiB"]);
  });

  const texts = ["a red dog", "a cat"];
  const match = (image: Buffer): Asked =>
    asJson({ images: [{ name: "red.png", data: base64(image) }], texts, head: "match" });

  it("gives the answers of `predict --json`, for JSON and for forms", async () => {
    const args = ["predict", at("of_match"), at("images", "red.png"), "--head", "match", "--text", "a red dog", "--text", "a cat", "--json"];
    const { stdout } = await inProcess(args);
    const wanted = stdout.trim().split("\n").map((line) => ({ ...JSON.parse(line), name: "red.png", images: ["red.png"] }));
    const form = asForm([
      { name: "images", value: red, file: "red.png" },
      ...texts.map((value) => ({ name: "texts", value })),
      { name: "head", value: "match" },
      { name: "template", value: "" },
    ]);
    for (const asked of [match(red), form]) {
      const { status, text } = await ask(running.url, asked);
      expect([status, rounded(JSON.parse(text))]).toEqual([200, rounded({ head: "match", predictions: wanted })]);
    }
  }); // prettier-ignore

  it("answers concurrent requests as it does single ones", async () => {
    const names = ["dog", "cat", "red"];
    const asked = [
      match(red),
      match(blue),
      asJson({ image: base64(red), classes: names }),
      asJson({ image: base64(blue), classes: names, top: 1 }),
      asForm([{ name: "image", value: red, file: "red.png" }, { name: "classes", value: "dog, cat,red" }]),
    ]; // prettier-ignore
    const alone = [];
    for (const each of asked) alone.push((await ask(running.url, each)).text);
    const together = await Promise.all(
      Array.from({ length: 40 }, (_, i) => ask(running.url, asked[i % 5] ?? match(red))),
    );
    const wanted = alone.map((text) => rounded(JSON.parse(text)));
    together.forEach(({ text }, i) => expect(rounded(JSON.parse(text))).toEqual(wanted[i % 5]));
    expect(new Set(alone).size).toBe(5);
  });

  it("describes itself, and serves a page without external resources", async () => {
    const model = JSON.parse((await ask(running.url, { method: "GET", path: "/model" })).text);
    expect(model).toMatchObject({ model: "Tiny", stage: "of_match", image: 8, text: 5 });
    expect(model.heads).toEqual([
      { name: "contrast", kind: "contrastive", images: 1, text: false, chooses: true, learnt: true },
      { name: "match", kind: "matching", images: 1, text: true, chooses: false, learnt: true },
    ]);
    const page = await ask(running.url, { method: "GET", path: "/" });
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+';/);
    expect(page.text).not.toMatch(/https?:|src=|url\(/);
    expect(page.text).toMatch(/<option\s+value="match"/);
    expect((await ask(running.url, { method: "HEAD", path: "/" })).text).toBe("");
    expect(JSON.parse((await ask(running.url, { method: "GET", path: "/health" })).text).status).toBe("ok");
  }); // prettier-ignore

  const form = { "Content-Type": "multipart/form-data; boundary=x" };
  const jsonType = { "Content-Type": "application/json" };
  it.each<Asked & { says: RegExp; status: number; code?: string }>([
    { status: 404, path: "/../../etc/passwd", method: "GET", says: /nothing at that path/ },
    { status: 404, path: "/%2e%2e/%2e%2e/etc/passwd", method: "GET", says: /nothing at that path/ },
    { status: 404, path: "/model/../../manifest.json", method: "GET", says: /nothing at that path/ },
    { status: 404, path: "//etc/passwd", method: "GET", says: /nothing at that path/ },
    { status: 404, path: "/__proto__", method: "GET", says: /nothing at that path/ },
    { status: 405, path: "/predict", method: "GET", says: /takes POST/ },
    { status: 405, path: "/model", method: "DELETE", says: /takes GET, HEAD/ },
    { status: 400, path: "/model", method: "NONSENSE", says: /not valid HTTP/ },
    { status: 400, path: "/predict?head=match", ...asJson({}), says: /query string is not supported/ },
    { status: 415, body: "{}", says: /no Content-Type/ },
    { status: 415, headers: { "Content-Type": "text/plain" }, body: "{}", says: /neither JSON nor multipart/ },
    { status: 415, headers: { ...jsonType, "Content-Encoding": "gzip" }, body: "{}", says: /compressed/ },
    { status: 400, headers: jsonType, body: "{", says: /no JSON/ },
    { status: 400, headers: jsonType, body: "", says: /no JSON/ },
    { status: 400, headers: jsonType, body: Buffer.from([0x7b, 0xff, 0x7d]), says: /no JSON in UTF-8/ },
    { status: 400, headers: jsonType, body: "[]", says: /no object/ },
    { status: 400, headers: jsonType, body: '{"__proto__": 1}', says: /a field `__proto__`/ },
    { status: 400, ...asJson({ file: "/etc/passwd" }), says: /a field `file`/ },
    { status: 400, ...asJson({ image: "file:///etc/passwd" }), says: /not base64/ },
    { status: 400, ...asJson({ image: "../../etc/passwd" }), says: /not base64/ },
    { status: 422, ...asJson({ image: "/etc/passwd", head: "match", text: "a dog" }), code: "V917", says: /cannot decode the image `image 1`/ },
    { status: 400, ...asJson({ image: { path: "/etc/passwd" } }), says: /neither base64 nor a file/ },
    { status: 400, ...asJson({ image: 7 }), says: /neither base64 nor a file/ },
    { status: 400, ...asJson({ texts: [["a"]] }), says: /`texts` should be text/ },
    { status: 400, ...asJson({ top: 0 }), says: /`top` should be a whole number/ },
    { status: 400, ...asJson({ head: ["match", "contrast"] }), says: /`head` is given more than once/ },
    { status: 400, ...asJson({ classes: ["a"], template: "a photo" }), says: /`template` has no \{\}/ },
    { status: 422, ...asJson({ head: "nothing" }), code: "V991", says: /no head `nothing`.*name one with `head`: contrast/ },
    { status: 422, ...asJson({ head: "match", image: "AAAA", text: "a dog", classes: ["a"] }), code: "V991", says: /`classes` has no effect: the head `match`/ },
    { status: 422, ...asJson({ head: "match", image: "AAAA", text: "\u200b" }), code: "V991", says: /a text holds nothing but whitespace/ },
    { status: 422, ...asJson({ head: "contrast", image: "AAAA", classes: ["\u200b"], template: "{}" }), code: "V991", says: /a text holds nothing but whitespace/ },
    { status: 400, headers: form, body: Buffer.from('--x\r\nContent-Disposition: form-data; name="text"\r\n\r\na \xe9\r\n--x--\r\n', "latin1"), says: /`text` is no text in UTF-8/ },
    { status: 422, ...asJson({ head: "match" }), code: "V991", says: /reads images, and none is named.*`images`/ },
    { status: 422, ...asJson({ head: "contrast", image: "AAAA" }), code: "V991", says: /chooses among texts.*`classes`/ },
    { status: 422, ...asForm([{ name: "images", value: "no image", file: "../../x.png" }, { name: "text", value: "a dog" }]), code: "V917", says: /image `\S*x.png`: it is not of a supported format/ },
    { status: 400, headers: { "Content-Type": "multipart/form-data" }, body: "x", says: /no boundary/ },
    { status: 400, headers: form, body: "x", says: /not the multipart form/ },
    { status: 400, headers: form, body: "--x\r\nno header\r\n\r\n--x--", says: /not the multipart form/ },
    { status: 413, headers: form, body: "--x\r\n".repeat(3000), says: /more than 2,000 parts/ },
    { status: 413, ...asJson({ texts: Array.from({ length: 1001 }, () => "a") }), says: /1,001 texts and classes/ },
    { status: 413, ...asJson({ text: "a".repeat(2_001) }), says: /more than 2,000 characters/ },
    { status: 413, ...asJson({ image: "AAAA", classes: Array.from({ length: 500 }, (_, i) => `a${i}`), template: `{}${"a".repeat(500)}` }), says: /more than 200,000 characters/ },
    { status: 413, ...asJson({ images: Array.from({ length: 65 }, () => "AAAA"), text: "a" }), says: /65 images, and 64 are read/ },
    { status: 413, ...asJson({ images: Array.from({ length: 30 }, () => "AAAA"), texts: Array.from({ length: 10 }, () => "a"), head: "match" }), says: /300 questions/ },
    { status: 413, ...asJson({ image: "A".repeat(2 ** 20) }), says: /more than 1,048,576 bytes/ },
    { status: 413, headers: { ...jsonType, "Transfer-Encoding": "chunked" }, body: "a".repeat(2 ** 21), says: /more than 1,048,576 bytes/ },
    { status: 421, ...asJson({}), headers: { ...jsonType, Host: "evil.example" }, says: /Host header does not name this machine/ },
    { status: 421, method: "GET", path: "/", headers: { Host: "127.0.0.1.evil.example" }, says: /Host header/ },
    { status: 403, ...asJson({}), headers: { ...jsonType, Origin: "https://evil.example" }, says: /a page of another origin/ },
    { status: 403, ...asJson({}), headers: { ...jsonType, Origin: "null" }, says: /a page of another origin/ },
  ])("refuses $method $path $headers $body with $status", async ({ status, says, code = "V950", ...asked }) => {
    const reply = await ask(running.url, asked);
    expect(reply.text.replaceAll("\n", " ")).toMatch(says);
    const { errors } = JSON.parse(reply.text);
    expect([reply.status, errors[0].code, typeof errors[0].help]).toEqual([status, code, "string"]);
    expect(reply.text).not.toContain(folder);
    expect(reply.text).not.toMatch(/\.js:|node_modules|at \w+ \(/);
  }); // prettier-ignore

  it("on a stop signal answers pending requests, accepts no more, and prints a summary", async () => {
    let finish = (): void => undefined;
    const pause = new Promise<void>((resolve) => (finish = resolve));
    const slow = ask(running.url, { ...match(blue), before: pause });
    // Idle connections and unfinished headers do not delay the shutdown.
    for (const said of ["", "GET / HTTP/1.1\r\nHost: "]) {
      const socket = connect(Number(new URL(running.url).port), "127.0.0.1");
      socket.on("error", () => undefined).write(said);
    }
    await ask(running.url, { method: "GET", path: "/health" });
    running.kill("SIGTERM");
    await expect.poll(() => ask(running.url, { method: "GET", path: "/health" }).catch(() => "closed")).toBe("closed");
    finish();
    const { status, headers } = await slow;
    expect([status, headers["connection"]]).toEqual([200, "close"]);
    const { exit, stdout } = await running.over;
    expect(exit).toBe(0);
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toMatchObject({ kind: "stopped", failed: 0 });
  });
});

describe("a server", () => {
  const servers = new Map<string, Promise<{ server: Server; dispose: () => void }>>();
  afterAll(async () => {
    for (const { server, dispose } of await Promise.all(servers.values())) {
      await server.stop();
      dispose();
    }
  });

  async function served(stage: string, more: { waiting?: number; seconds?: number } = {}): Promise<Server> {
    const key = JSON.stringify([stage, more]);
    const running = servers.get(key) ?? opened(stage, more);
    servers.set(key, running);
    return (await running).server;
  }

  async function opened(stage: string, more: { waiting?: number; seconds?: number }) {
    const model = await openModel(await checkpoint(stage));
    const engine = await engines.ort({ threads: 1, backend: null });
    const limits = { body: 2 ** 20, waiting: 8, seconds: 20, ...more };
    const failed = (error: unknown): void => {
      throw error;
    };
    const server = await serve({
      model,
      engine,
      host: "127.0.0.1",
      port: 0,
      batch: 4,
      limits,
      version: "test",
      failed,
      noted: failed,
    });
    return { server, dispose: () => engine.dispose() };
  }

  it("gives a mask at the size of its image, in Base64 or as a PNG", async () => {
    const { url } = await served("of_pixels");
    const { text } = await ask(url, asJson({ image: base64(red), overlay: true }));
    const [prediction] = JSON.parse(text).predictions;
    expect(prediction).toMatchObject({ name: "image 1", form: "regions" });
    const asked = asJson({ image: base64(red) });
    const png = await ask(url, { ...asked, headers: { ...asked.headers, Accept: "image/png" } });
    expect(png.headers["content-type"]).toBe("image/png");
    expect(base64(png.bytes)).toBe(prediction.mask);
    expect(await sharp(png.bytes).metadata()).toMatchObject({ format: "png", width: 12, height: 9 });
    expect(await sharp(Buffer.from(prediction.overlay, "base64")).metadata()).toMatchObject({ width: 12, height: 9 });
    const two = asJson({ images: [base64(red), base64(blue)] });
    expect((await ask(url, { ...two, headers: { ...two.headers, Accept: "image/png" } })).status).toBe(406);
  });

  it("refuses an image above the pixel limit of masks, before decoding", async () => {
    const large = await sharp({ create: { width: 5000, height: 4000, channels: 3, background: "#fff" } }).png().toBuffer();
    const { url } = await served("of_pixels");
    const { status, text } = await ask(url, asJson({ image: base64(large) }));
    expect([status, text]).toEqual([422, expect.stringMatching(/20,000,000 pixels, and masks of at most 16,777,216/)]);
  }); // prettier-ignore

  it.each([
    { stage: "of_words", images: 0, texts: ["a [MASK] dog"], forms: ["words"] },
    { stage: "of_caption", images: 2, texts: [], forms: ["caption", "caption"] },
    { stage: "of_two", images: 2, texts: ["a cat"], forms: ["choice"] },
  ])("answers $stage: $forms", async ({ stage, images, texts, forms }) => {
    const { url } = await served(stage);
    const sent = [red, blue].slice(0, images).map(base64);
    const { status, text } = await ask(url, asJson({ images: sent, texts }));
    expect(status).toBe(200);
    expect(JSON.parse(text).predictions.map(({ form }: { form: string }) => form)).toEqual(forms);
  });

  it("reports every unreadable image of a request, without affecting other requests", async () => {
    const { url } = await served("of_label");
    const unread = await ask(url, asJson({ image: base64(red), text: "a dog", head: "label" }));
    expect([unread.status, unread.text]).toEqual([422, expect.stringMatching(/`label` reads no texts/)]);
    const broken = asForm([
      { name: "images", value: "no image", file: "one.png" },
      { name: "images", value: red, file: "red.png" },
      { name: "images", value: red.subarray(0, 60), file: "two.png" },
    ]);
    const [bad, good] = await Promise.all([ask(url, broken), ask(url, asJson({ image: base64(red) }))]);
    const { errors } = JSON.parse(bad.text);
    expect(errors.map(({ message }: { message: string }) => message.slice(0, 34))).toEqual([
      "cannot decode the image `one.png`:",
      "cannot decode the image `two.png`:",
    ]);
    expect([bad.status, good.status]).toEqual([422, 200]);
  });

  it("refuses requests above the limit with a retry hint, and reports timeouts", async () => {
    const { url } = await served("of_label", { waiting: 1, seconds: 1 });
    let finish = (): void => undefined;
    const pause = new Promise<void>((resolve) => (finish = resolve));
    const slow = ask(url, { ...asJson({ image: base64(red) }), before: pause });
    await expect.poll(async () => (await ask(url, asJson({ image: base64(red) }))).status).toBe(503);
    const { headers, text } = await ask(url, asJson({ image: base64(red) }));
    expect([headers["retry-after"], text]).toEqual(["1", expect.stringMatching(/1 requests are being answered/)]);
    setTimeout(finish, 1100);
    expect((await slow).status).toBe(504);
  });

  it("reports a port in use", async () => {
    const { port } = await served("of_label");
    const { exit, stderr } = await inProcess(["serve", at("of_label"), "--port", String(port)]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/error\[V951\].*cannot listen at `127.0.0.1:\d+`: another program listens there\n.*--port/);
  });
});

it.each([
  { args: ["--host", "example.com"], says: /address of this machine/ },
  { args: ["--port", "65536"], says: /0 to 65535/ },
  { args: ["--port", "x"], says: /0 to 65535/ },
])("refuses $args", async ({ args, says }) => {
  const { exit, stderr } = await inProcess(["serve", "runs/none", ...args]);
  expect([exit, stderr]).toEqual([2, expect.stringMatching(says)]);
});
