// `npm run soak:serve`: a server under concurrent requests for a minute: no request fails, and its memory does not grow.
//
//   npm run soak:serve -- [--clients 16] [--seconds 60] [--model runs/quickstart] [--growth 64]
//
// Without `--model` a small one is trained for a few steps. Requests are JSON and forms, for every head that answers, and some
// are invalid. The exit code is 1 if an answer has the wrong status, if equal requests get different answers, or if the memory
// of the last third is more than `growth` MiB above that of the second.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { register } from "node:module";
import sharp from "sharp";

register("../support/typescript-loader.js", import.meta.url);
const { stream } = await import("../../dist/runtime/random.js");
const { writeShards } = await import("./shards.js");
const { start } = await import("./process.js");

const number = (value) => ({ type: "string", default: String(value) });
const { values } = parseArgs({
  options: { clients: number(16), seconds: number(60), growth: number(64), model: { type: "string" } },
});
const [clients, seconds, growth] = [values.clients, values.seconds, values.growth].map(Number);
const folder = mkdtempSync(join(tmpdir(), "vlmo-soak-serve-"));
const main = fileURLToPath(new URL("../../dist/bundle/main.js", import.meta.url));
const random = stream(1, "soak serve");
const json = { "Content-Type": "application/json" };

const failures = await soak(values.model ?? (await trained()));
rmSync(folder, { recursive: true });
for (const failure of failures) console.log(`✗ ${failure}`);
if (failures.length === 0) console.log("✓ nothing failed, and its memory stayed");
process.exitCode = failures.length === 0 ? 0 : 1;

/** A model with everything that soak.vlmo trains, after a few steps. */
async function trained() {
  cpSync(fileURLToPath(new URL("soak.vlmo", import.meta.url)), join(folder, "soak.vlmo"));
  await writeShards(folder);
  const words = ["train", "soak.vlmo", "--set", "steps=15", "--out", "run", "--json"];
  const { exit, stderr } = await start(words, { cwd: folder, deadline: performance.now() + 120_000 }).over;
  if (exit !== 0) throw new Error(stderr);
  return join(folder, "run");
}

/** The failures. */
async function soak(model) {
  const server = spawn(process.execPath, [main, "serve", model, "--port", "0", "--json"], { stdio: ["ignore", "pipe", "inherit"] }); // prettier-ignore
  process.on("exit", () => server.kill("SIGKILL"));
  const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const { url } = JSON.parse((await lines.next()).value);
  const asked = await questions(url);
  const heard = { counts: new Map(), times: [], memory: [], wrong: new Set() };
  const began = performance.now();
  const watch = setInterval(() => heard.memory.push(residentOf(server.pid)), 1000);
  await Promise.all(
    Array.from({ length: clients }, () => client(url, { asked, heard, until: began + seconds * 1000 })),
  );
  clearInterval(watch);
  const took = (performance.now() - began) / 1000;
  server.kill("SIGTERM");
  const exit = await new Promise((resolve) => server.on("close", resolve));
  tell(heard, took);
  const mean = (from, to) => {
    const part = heard.memory.slice(Math.floor(heard.memory.length * from), Math.ceil(heard.memory.length * to));
    return part.reduce((sum, each) => sum + each, 0) / part.length;
  };
  const more = mean(2 / 3, 1) - mean(1 / 3, 2 / 3);
  return [
    ...heard.wrong,
    ...(exit === 0 ? [] : [`it ended with ${exit}`]),
    ...(more <= growth ? [] : [`its memory grew by ${more.toFixed(0)} MiB`]),
  ];
}

/** Sends requests in sequence until the time is up. */
async function client(url, { asked, heard, until }) {
  while (performance.now() < until) {
    const question = random.pick(asked);
    const before = performance.now();
    const { status, text } = await send(url, question);
    heard.times.push(performance.now() - before);
    heard.counts.set(status, (heard.counts.get(status) ?? 0) + 1);
    if (status !== question.status) heard.wrong.add(`${question.title}: ${status} ${text.slice(0, 200)}`);
    else if (likeliest(text) !== question.answer) heard.wrong.add(`${question.title}: ${likeliest(text)} where ${question.answer} was said before`); // prettier-ignore
  }
}

async function send(url, { body, headers = {} }) {
  try {
    const response = await fetch(`${url}/predict`, { method: "POST", body: body(), headers });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: 0, text: String(error.cause ?? error) };
  }
}

/** Forms and JSON for every head, and invalid requests; with the answer to each alone. */
async function questions(url) {
  const { heads } = await (await fetch(`${url}/model`)).json();
  const images = await Promise.all(["#c81e1e", "#0a5af0", "#f2c811"].map(photo));
  const asked = images.flatMap((image) => heads.flatMap((head) => [asForm(head, image), asJson(head, image)]));
  const noImage = JSON.stringify({ ...fieldsOf(heads.find((each) => each.images === 1)), image: "AAAA" }); // prettier-ignore
  const mistakes = [
    { title: "no JSON", status: 400, headers: json, body: () => "{" },
    { title: "no image", status: 422, headers: json, body: () => noImage },
  ];
  const all = [...asked, ...mistakes];
  for (const question of all) question.answer = likeliest((await send(url, question)).text);
  return all;
}

/** Larger than the model's image size, with incompressible noise. */
async function photo(background) {
  const noise = { type: "gaussian", mean: 128, sigma: 30 };
  const grain = await sharp({ create: { width: 640, height: 480, channels: 3, background, noise } })
    .png()
    .toBuffer();
  return sharp({ create: { width: 640, height: 480, channels: 3, background } })
    .composite([{ input: grain, blend: "overlay" }])
    .jpeg()
    .toBuffer();
}

function fieldsOf({ name, text, chooses }) {
  const texts = random.pick([
    ["a red circle"],
    ["a blue square is left of a small green triangle", "one [MASK] circle"],
  ]);
  return { head: name, ...(text && { texts }), ...(chooses && { classes: ["circle", "square", "triangle"] }) };
}

function asJson(head, image) {
  const images = Array.from({ length: head.images }, () => image.toString("base64"));
  const body = JSON.stringify({ ...fieldsOf(head), images });
  return { title: `${head.name} by JSON`, status: 200, headers: json, body: () => body };
}

function asForm(head, image) {
  const fields = fieldsOf(head);
  const body = () => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) for (const each of [value].flat()) form.append(name, each);
    for (let i = 0; i < head.images; i++) form.append("images", new Blob([image]), "photo.jpg");
    return form;
  };
  return { title: `${head.name} by a form`, status: 200, body };
}

/** The first result of an answer, or the code of an error. Close runners-up may change places. */
function likeliest(text) {
  const { predictions = [], errors = [] } = JSON.parse(text || "{}");
  const said = predictions.map(({ top, text: words, probability }) => top?.[0]?.label ?? (probability === undefined ? words : probability > 0.5)); // prettier-ignore
  return JSON.stringify([...said, ...errors.map(({ code }) => code)]);
}

/** Resident memory in MiB. */
function residentOf(pid) {
  return Number(/VmRSS:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

function tell({ counts, times, memory }, took) {
  const sorted = times.toSorted((a, b) => a - b);
  const share = (part) => sorted[Math.floor(part * (sorted.length - 1))].toFixed(0);
  const each = [...counts].sort().map(([status, count]) => `${count} × ${status}`).join(", "); // prettier-ignore
  console.log(`${clients} clients, ${took.toFixed(0)} s: ${each}`);
  console.log(`${(times.length / took).toFixed(0)} requests a second; ms: ${share(0.5)} median, ${share(0.95)} of 95 %, ${share(0.99)} of 99 %, ${share(1)} at most`); // prettier-ignore
  const at = (part) => memory[Math.floor(part * (memory.length - 1))].toFixed(0);
  console.log(`memory in MiB: ${[0, 0.2, 0.4, 0.6, 0.8, 1].map(at).join(", ")}`);
}
