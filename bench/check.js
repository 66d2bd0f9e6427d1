// `npm run bench:check`: the time of checking. Warm: the same process has checked other texts before; every check reads, parses
// and checks everything again. Cold: `vlmo check` with the start of its process.
//
//   npm run bench:check -- [--seconds 2]
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { posix } from "node:path";
import { parseArgs } from "node:util";
import { checkSpec } from "../dist/compiler/index.js";
import { createSource, parse } from "../dist/grammar/index.js";
import { longSpec } from "./long-spec.js";
import { median } from "./median.js";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "2" } } });
const budget = Number(values.seconds) * 1000;
const specs = ["specs/vlmo-base.vlmo", "specs/vlmo-large.vlmo", "specs/quickstart.vlmo"];
const lengths = [1_250, 2_500, 5_000, 10_000, 20_000];

console.log(`${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}`);
const load = loadavg()[0] ?? 0;
if (load > 0.5) console.log(`note: the machine is busy (load ${load.toFixed(1)}); the figures below are too`);

console.log("\nwarm, with imports\n");
heading();
const files = new Map();
for (const spec of specs) row(spec, filesOf(spec));

console.log("\none long file: copies of specs/vlmo-base.vlmo under names of their own\n");
heading();
for (const length of lengths) row(`${length} lines`, [["long.vlmo", longSpec(length)]]);

console.log("\ncold, with the start of the process\n");
const cold = times(() => execFileSync(process.execPath, ["dist/bundle/main.js", "check", "specs/vlmo-large.vlmo"]));
console.log(`vlmo check specs/vlmo-large.vlmo   median ${ms(cold)} ms, best ${ms(cold, 0)} ms of ${cold.length}`);

function heading() {
  console.log("                             lines   parse   check      ms  best µs/line");
}

/** Texts of a spec and its imports; the first is the entry. */
function row(name, texts) {
  files.clear();
  for (const [path, text] of texts) files.set(path, text);
  const lines = texts.reduce((sum, [, text]) => sum + text.split("\n").length - 1, 0);
  const parsing = times(() => texts.map(([path, text]) => parse(createSource(path, text))));
  const all = times(() => check(texts[0][0]));
  const whole = median(all);
  const cells = [lines, ms(parsing), (whole - median(parsing)).toFixed(1), ms(all), ms(all, 0), ((whole / lines) * 1000).toFixed(1)]; // prettier-ignore
  console.log(name.padEnd(26) + cells.map((cell) => String(cell).padStart(8)).join(""));
}

function check(entry) {
  const { spec, diagnostics } = checkSpec(entry, {
    read: (path) => files.get(path) ?? null,
    resolvePath: (from, to) => posix.join(posix.dirname(from), to),
  });
  if (spec === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
}

function filesOf(entry) {
  const found = new Map();
  const add = (path) => {
    if (found.has(path)) return;
    found.set(path, readFileSync(path, "utf8"));
    for (const [, other] of found.get(path).matchAll(/ from "([^"]+)"/g)) add(posix.join(posix.dirname(path), other));
  };
  add(entry);
  return [...found];
}

/** Milliseconds of each run, after some warm-up runs. */
function times(run) {
  const found = [];
  for (let spent = 0, warm = false; found.length < 5 || spent < budget / 2; warm ||= spent > budget / 4) {
    const before = performance.now();
    run();
    const took = performance.now() - before;
    spent += took;
    if (warm) found.push(took);
  }
  return found.toSorted((a, b) => a - b);
}

function ms(sorted, at = Math.floor(sorted.length / 2)) {
  return (sorted[at] ?? Number.NaN).toFixed(1);
}
