// `npm run bench:editor`: how long an editor waits. A letter is typed before each request, so that no answer can come from a
// cache of the last version. Diagnostics are the whole check that follows, without the debounce before it.
//
//   npm run bench:editor -- [--seconds 1]
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { posix } from "node:path";
import { parseArgs } from "node:util";
import { createServer } from "../dist/editor/index.js";
import { longSpec } from "./long-spec.js";
import { median } from "./median.js";

const { values } = parseArgs({ options: { seconds: { type: "string", default: "1" } } });
const budget = Number(values.seconds) * 1000;

console.log(`${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}`);
const load = loadavg()[0] ?? 0;
if (load > 0.5) console.log(`note: the machine is busy (load ${load.toFixed(1)}); the figures below are too`);
console.log("\nmilliseconds after a change: median and best\n");

const specs = ["specs/quickstart.vlmo", "specs/vlmo-base.vlmo", "specs/nlvr.vlmo", "specs/bench-pair.vlmo"];
heading();
for (const path of specs) row(path, readFileSync(path, "utf8"));
row("10,000 lines", longSpec(10_000));

function heading() {
  const names = ["lines", "completion", "hover", "names", "colours", "hints", "rename", "diagnostics"];
  console.log(" ".repeat(32) + names.map((name) => name.padStart(14)).join(""));
}

function row(name, text) {
  const path = posix.resolve(name.endsWith(".vlmo") ? name : "specs/long.vlmo");
  const uri = `file://${path}`;
  let due = [];
  const server = createServer(
    {
      files: { read, resolvePath: (from, to) => posix.join(posix.dirname(from), to) },
      specifications: () => [],
      pathOf: (each) => each.slice("file://".length),
      uriOf: (each) => `file://${each}`,
      publish: () => undefined,
      refresh: () => undefined,
      later: (work) => {
        due = [work];
        return () => (due = []);
      },
    },
    { snippets: true },
  );
  let version = 0;
  /** Types into the last line: the text changes, its meaning does not. */
  const type = () => server.changed({ uri, version: (version += 1), text: `${text}// ${version}\n` });
  const check = () => due.splice(0).forEach((work) => work());
  const at = placeOf(text, /^ {2}learn: /m);
  const stage = placeOf(text, /^stage /m);
  const range = { start: at, end: { line: at.line + 60, character: 0 } };
  const requests = [
    () => server.completion(uri, at),
    () => server.hover(uri, stage),
    () => server.definition(uri, at),
    () => server.semanticTokens(uri, range),
    () => server.inlayHints(uri, range),
    () => server.rename(uri, stage, "another_name"),
    check,
  ];
  const cells = requests.map((request) => timesText(() => (type(), request), check));
  console.log(name.padEnd(24) + String(text.split("\n").length - 1).padStart(8) + "      " + cells.map((cell) => cell.padStart(14)).join("")); // prettier-ignore
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** The position after the first match. */
function placeOf(text, pattern) {
  const match = pattern.exec(text);
  if (match === null) throw new Error(`nothing like ${pattern}`);
  const before = text.slice(0, match.index + match[0].length).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** Times of the function that `prepare` returns, after some warm-up runs; `rest` runs between them, untimed. */
function timesText(prepare, rest) {
  const found = [];
  for (let spent = 0, warm = false; found.length < 5 || spent < budget; warm ||= spent > budget / 4) {
    const run = prepare();
    const before = performance.now();
    run();
    const took = performance.now() - before;
    rest();
    spent += took;
    if (warm) found.push(took);
  }
  return `${median(found).toFixed(1)} ${Math.min(...found).toFixed(1)}`;
}
