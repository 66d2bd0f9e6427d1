// `npm run soak`: a run of several stages, repeatedly killed at random and resumed, ends byte-identical to an uninterrupted
// one.
//
//   npm run soak -- [--kills 20] [--minutes 10] [--seed 1] [--steps 80] [--folder …]
//
// The exit code is 1 if anything differs, is left over, ends other than by its signal, or takes too long. With `--folder` both
// runs are kept there.
import { register } from "node:module";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";

register("../support/typescript-loader.js", import.meta.url);
const { stream } = await import("../../dist/runtime/random.js");
const { writeShards } = await import("./shards.js");
const { differences } = await import("./differences.js");
const { start } = await import("./process.js");

const number = (value) => ({ type: "string", default: String(value) });
const { values } = parseArgs({
  options: { kills: number(20), minutes: number(10), seed: number(1), steps: number(80), folder: { type: "string" } },
});
const [kills, minutes, seed] = [values.kills, values.minutes, values.seed].map(Number);
const folder = values.folder ?? mkdtempSync(join(tmpdir(), "vlmo-soak-"));
const random = stream(seed, "soak");
/** The stages of soak.vlmo, of equal length. */
const stages = ["images", "pairs", "again"];
const began = performance.now();
const deadline = began + minutes * 60_000;
const words = ["--set", `steps=${values.steps}`, "--threads", "1", "--workers", "2", "--json", "--resume"];

mkdirSync(folder, { recursive: true });
cpSync(fileURLToPath(new URL("soak.vlmo", import.meta.url)), join(folder, "soak.vlmo"));
await writeShards(folder);
console.log(`${kills} kills within ${minutes} minutes, drawn from seed ${seed}; in ${folder}`);

const failures = await soak();
if (values.folder === undefined) rmSync(folder, { recursive: true });
for (const failure of failures) console.log(`✗ ${failure}`);
if (failures.length === 0) console.log(`✓ the same parameters, optimizer states and logs, in ${seconds(began)} s`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** The failures. */
async function soak() {
  const whole = await train("undisturbed").over;
  if (whole.exit !== 0) return [`the undisturbed run ended with ${whole.exit}: ${whole.stderr}`];
  console.log(`undisturbed: ${whole.steps} steps in ${seconds(began)} s`);
  let [done, place] = [0, 0];
  for (let kill = 1; kill <= kills; kill += 1) {
    const outcome = await killed(kill, (whole.steps * kill) / (kills + 1) - place);
    if (outcome.failure !== null) return [outcome.failure];
    done += outcome.steps;
    place = outcome.place ?? place;
  }
  const last = await train("killed").over;
  if (last.exit !== 0) return [`the last run ended with ${last.exit}: ${last.stderr}`];
  done += last.steps;
  console.log(`killed ${kills} times: ${done} steps, ${done - whole.steps} of them a second time`);
  return differences(join(folder, "undisturbed"), join(folder, "killed"));
}

/** Starts or resumes the run, and ends it at a random moment; kills spread evenly would be `ahead` steps on. */
async function killed(kill, ahead) {
  const signal = random.pick(["SIGKILL", "SIGTERM", "SIGINT"]);
  const moment = random.pick([starting, training, training, saving])(ahead);
  const before = performance.now();
  const run = train("killed");
  moment.wait(run, () => run.kill(signal));
  const { exit, by, steps, at, stderr } = await run.over;
  const where = at === null ? "before its first step" : `${at.stage} ${at.step}`;
  console.log(`${String(kill).padStart(2)}  ${signal.padEnd(7)} ${moment.title.padEnd(34)} ${where}, ${steps} steps in ${seconds(before)} s`); // prettier-ignore
  const expected = { SIGKILL: null, SIGTERM: 143, SIGINT: 130 }[signal];
  const place = at === null ? null : stages.indexOf(at.stage) * Number(values.steps) + at.step;
  // Before its handlers are installed, a signal ends it like any process.
  if (exit === expected || (exit === null && by === signal)) return { steps, place, failure: null };
  const how = exit === 0 ? "was over before: more --steps, or another --seed" : `ended with ${exit ?? by}: ${stderr}`;
  return { failure: `kill ${kill}, ${signal} ${moment.title}: the run ${how}` };
}

/** At any moment while it loads, opens data and builds programs. */
function starting() {
  const delay = random.integer(3000);
  return { title: `${delay} ms after its start`, wait: (_, act) => void setTimeout(act, delay) };
}

/** At any moment while it steps, decodes and validates. */
function training(ahead) {
  const [steps, delay] = [1 + random.integer(Math.max(1, Math.floor(2 * ahead))), random.integer(100)];
  return {
    title: `${delay} ms after ${steps} steps`,
    wait: (run, act) => run.onStep((done) => done === steps && setTimeout(act, delay)),
  };
}

/** While it writes a checkpoint. */
function saving() {
  const checkpoints = join(folder, "killed", "checkpoints");
  const delay = random.integer(20);
  const wait = (run, act) => {
    mkdirSync(checkpoints, { recursive: true });
    const old = new Set(readdirSync(checkpoints));
    const watcher = watch(checkpoints, (_, name) => {
      if (name?.includes(".tmp-") !== true || old.has(name)) return;
      watcher.close();
      setTimeout(act, delay);
    });
    void run.over.then(() => watcher.close());
  };
  return { title: `${delay} ms into writing a checkpoint`, wait };
}

function train(out) {
  return start(["train", "soak.vlmo", "--out", out, ...words], { cwd: folder, deadline });
}

function seconds(since) {
  return ((performance.now() - since) / 1000).toFixed(0);
}
