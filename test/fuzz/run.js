// `npm run fuzz -- [--cases 100000] [--first 0]`: runs many cases in sequence and prints the failures.
import { register } from "node:module";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: { cases: { type: "string", default: "100000" }, first: { type: "string", default: "0" } },
});
register("../support/typescript-loader.js", import.meta.url);
const { caseOf } = await import("./cases.js");
const { failureOf } = await import("./properties.js");

const [cases, first] = [Number(values.cases), Number(values.first)];
const begin = performance.now();
let [failed, right, slowest] = [0, 0, 0];
for (let number = first; number < first + cases; number += 1) {
  const before = performance.now();
  const { failure, isRight } = failureOf(number, caseOf(number));
  slowest = Math.max(slowest, performance.now() - before);
  if (failure !== null) {
    failed += 1;
    console.log(`${failure}\n`);
  }
  if (isRight) right += 1;
  const done = number - first + 1;
  if (done % 1000 === 0 || done === cases) console.log(line(done));
}
process.exitCode = failed === 0 ? 0 : 1;

function line(done) {
  const seconds = ((performance.now() - begin) / 1000).toFixed(0);
  const memory = (process.memoryUsage().rss / 2 ** 20).toFixed(0);
  return `${done} cases in ${seconds} s: ${failed} failed, ${right} were right specs, slowest ${slowest.toFixed(0)} ms, ${memory} MiB`;
}
