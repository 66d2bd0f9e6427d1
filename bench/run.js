// `npm run bench [-- --rounds N --steps N --only step,start,memory]`: speed beside careful PyTorch, start-up, memory.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { median, openOurs, settings, timeOurs, timeRival } from "./pair-step.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    steps: { type: "string", default: "5" },
    threads: { type: "string", default: "2" },
    only: { type: "string", default: "step,start,memory" },
  },
});
const [rounds, steps, threads] = [values.rounds, values.steps, values.threads].map(Number);
const parts = { step: stepRatio, start: startUp, memory: residentMemory };
for (const name of values.only.split(",")) await parts[name]();

/** Ours and the rival by turns, so that a machine that slows down slows both. */
async function stepRatio() {
  for (const setting of settings) {
    const ours = await openOurs(setting, threads);
    await timeOurs(ours, 2);
    const [mine, theirs] = [[], []];
    let engine = null;
    for (let round = 0; round < rounds; round++) {
      mine.push(median(await timeOurs(ours, steps)));
      const rival = timeRival(setting, threads, steps);
      if (rival === null) break;
      engine = rival.engine;
      theirs.push(rival.seconds);
    }
    ours.close();
    const { name, width, layers, batch } = setting;
    const rate = (seconds) => (batch / median(seconds)).toFixed(2);
    console.log(
      `${name}: width ${width}, ${layers} layers, batch ${batch}, ${threads} threads, medians of ${rounds} rounds of ${steps} steps`,
    );
    console.log(`  ours (${ours.engine}): ${rate(mine)} pairs/s`);
    if (engine === null) console.log("  rival: skipped, Python with torch is not installed here");
    else
      console.log(
        `  rival (${engine}): ${rate(theirs)} pairs/s\n  ratio: ${(median(theirs) / median(mine)).toFixed(2)}`,
      );
  }
}

/** Whole processes: `vlmo check` of the Large spec. */
function startUp() {
  const times = Array.from({ length: 7 }, () => {
    const began = performance.now();
    const { status } = spawnSync(process.execPath, ["dist/bundle/main.js", "check", "specs/vlmo-large.vlmo"]);
    if (status !== 0) throw new Error(`vlmo check ended with ${status}`);
    return (performance.now() - began) / 1000;
  });
  console.log(`check specs/vlmo-large.vlmo, with process start: median ${median(times).toFixed(3)} s`);
}

/** Resident memory of this process while a small model trains. */
async function residentMemory() {
  const ours = await openOurs({ width: 48, layers: 2, heads: 3, image: 32, text: 16, batch: 4 }, threads);
  const megabytes = () => {
    globalThis.gc?.();
    return process.memoryUsage().rss / 2 ** 20;
  };
  await timeOurs(ours, 200);
  const early = megabytes();
  await timeOurs(ours, 1800);
  const late = megabytes();
  ours.close();
  console.log(
    `resident memory after 200 steps ${early.toFixed(0)} MiB, after 2000 ${late.toFixed(0)} MiB (${(((late - early) / early) * 100).toFixed(1)}%)`,
  );
}
