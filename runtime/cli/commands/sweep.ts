// `vlmo sweep`: trains one specification with several settings and seeds, and compares the results.
import type { Command } from "commander";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { usesCuda } from "../../engines/backends.js";
import type { Axis, Setting } from "../../sweep/space.js";
import type { Trial } from "../../sweep/trials.js";
import { exits, UsageError } from "../failure.js";
import {
  engineOptions,
  engineWords,
  names,
  path,
  positive,
  repeated,
  stageOption,
  type EngineChoice,
} from "../options.js";
import type { Session } from "../session.js";
import type { Shell } from "../shell.js";

const examples = `
All combinations of the values are tried (grid search). With --random N, N combinations are drawn
instead, from lists and from ranges: log(1e-5..1e-3), uniform(0..0.3). Values are those of
\`vlmo train --set\`, and are all checked before anything is trained.

The same command line resumes a sweep that was stopped, and adds new values. Each trial is a run in
a folder named after its settings: \`vlmo runs\` lists them, and FOLDER/NAME.log holds its output.
FOLDER/sweep.html has the table and the curves of all trials.

Examples:
  vlmo sweep model.vlmo --set pairs.optimizer.lr=1e-4,3e-4,1e-3 --seeds 3
  vlmo sweep model.vlmo --set width=96,128 --set pairs.batch=32,64 --best recall
  vlmo sweep model.vlmo --set "pairs.optimizer.lr=log(1e-5..1e-2)" --random 20 --parallel 2
  vlmo sweep model.vlmo --seeds 8 --engine torch --gpus 0,1,2,3`;

interface Options extends EngineChoice {
  readonly set: readonly string[];
  readonly seeds?: number;
  readonly random?: number;
  readonly drawSeed?: number;
  readonly stage?: string;
  readonly best?: string;
  readonly out?: string;
  readonly parallel?: number;
  readonly gpus?: readonly string[];
}

/** Adds `vlmo sweep`. */
export function addSweep(program: Command, shell: Shell): void {
  const command = program
    .command("sweep")
    .summary("train with several settings and seeds and compare")
    .description("Train a specification with several settings and seeds, and compare the results.")
    .argument("<file>", "the specification")
    .option("--set <name=values>", "values of a param or a key to try, separated by commas (repeatable)", repeated, [])
    .option("--seeds <n>", "number of seeds per combination", positive)
    .option("--random <n>", "random search: draw n combinations instead of trying all", positive)
    .option("--draw-seed <n>", "seed of the random search (default: 1)", positive)
    .option("--best <metric>", "compare by this metric (part of its name; default: what `vlmo runs` shows)")
    .addOption(stageOption("only this stage"))
    .option("--out <folder>", "folder of the runs (default: runs/NAME-sweep, after the file)", path)
    .option(
      "--parallel <n>",
      "how many are trained at a time (default: one per core, or one per GPU of --gpus)",
      positive,
    )
    .option("--gpus <list>", "CUDA devices; each training uses one of them (0,1,2)", names);
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (file: string, options: Options) => {
    shell.exit = await run(file, options, shell.session);
  });
}

/** Throws where an option has no effect. */
function expectSense({ engine, gpus, random, drawSeed }: Options): void {
  if (drawSeed !== undefined && random === undefined)
    throw new UsageError("--draw-seed is of what --random draws", "add --random N, or leave it out");
  if (gpus !== undefined && !usesCuda(engine))
    throw new UsageError(`the engine \`${engine}\` uses no CUDA device`, "choose --engine torch, or leave out --gpus");
}

async function run(file: string, options: Options, session: Session): Promise<number> {
  expectSense(options);
  const { runTrials } = await import("../../sweep/run-trials.js");
  const { settingsText } = await import("../../sweep/trials.js");
  const { stopOnSignal } = await import("../stop.js");
  const { duration } = await import("../../report/words.js");
  const out = options.out ?? `${(await import("../../train/usual.js")).usualFolder(file)}-sweep`;
  const trials = await trialsIn(file, options, out, session);
  const parallel = Math.min(trials.length, options.parallel ?? options.gpus?.length ?? availableParallelism());
  const count = trials.length === 1 ? "1 training" : `${trials.length} trainings`;
  session.remark(`${count} in ${out}, ${parallel} at a time`);
  const failed: Trial[] = [];
  const began = performance.now();
  let done = 0;
  // The trainings are asked to save; this process ends when they have.
  const stop = stopOnSignal(session, true, () => undefined);
  stop.signal.addEventListener("abort", () => session.remark("\nStopping: trainings finish their step and save."));
  try {
    await runTrials(trials, {
      program: [process.execPath, ...process.execArgv, process.argv[1] ?? ""],
      options: trainOptions(options, parallel),
      file,
      parallel,
      gpus: options.gpus ?? null,
      signal: stop.signal,
      ended: (trial, { isFine, seconds, log }) => {
        done++;
        if (!isFine && !stop.signal.aborted) failed.push(trial);
        const left = (((performance.now() - began) / 1000) * (trials.length - done)) / done;
        const seed = trial.seed === null ? "" : `, seed ${trial.seed}`;
        const failure = stop.signal.aborted ? "stopped" : `${session.colours.red("failed")}: ${log}`;
        const what = isFine ? duration(seconds) : failure;
        session.remark(
          `[${done}/${trials.length}] ${settingsText(trial.settings)}${seed}  ${what}  ${duration(left)} left`,
        );
      },
    });
  } finally {
    stop.release();
  }
  await tell(trials, { out, best: options.best ?? null, file }, session);
  if (stop.signal.aborted) session.remark("stopped; the same command line resumes it");
  return stop.signal.aborted ? stop.exit() : failed.length > 0 ? exits.mistake : exits.fine;
}

/** The options of each training; parallel processes share the cores. */
function trainOptions({ stage, ...choice }: Options, parallel: number): string[] {
  const threads = choice.threads ?? Math.max(1, Math.floor(availableParallelism() / parallel));
  return [
    ...engineWords({ ...choice, threads }),
    ...["--workers", "0"],
    ...(stage === undefined ? [] : ["--stage", stage]),
  ];
}

/** All trials, whose specifications have been checked. Throws UsageError, SpecError, V961. */
async function trialsIn(file: string, options: Options, out: string, session: Session): Promise<Trial[]> {
  const { axisIn, drawnFrom, gridOf } = await import("../../sweep/space.js");
  const { seedingOf, trialsOf } = await import("../../sweep/trials.js");
  const { checkFile, loadSpec, stagesToTrain } = await import("../load-spec.js");
  const { SpecError } = await import("../../errors/spec-error.js");
  const axes = options.set.map((option) => {
    const axis = axisIn(option);
    if (axis === null)
      throw new UsageError(
        `--set ${option} is no setting`,
        "write name=value,value, or name=log(1e-5..1e-3) with the smaller end first",
      );
    expectValues(axis);
    return axis;
  });
  const range = axes.find(({ values }) => values.kind === "range");
  if (range !== undefined && options.random === undefined)
    throw new UsageError(`${range.name} has a range`, "say with --random how many values are drawn, or list some");
  const isFixed = ({ values }: (typeof axes)[number]): boolean => values.kind === "list" && values.values.length === 1;
  const varied = axes.filter((axis) => !isFixed(axis));
  const fixed = options.set.filter((_, i) => axes[i] !== undefined && isFixed(axes[i]));
  const rows: Setting[][] =
    options.random === undefined ? gridOf(varied) : drawnFrom(varied, options.random, options.drawSeed ?? 1);
  const first = rows[0] ?? [];
  const firstSet = [...fixed, ...first.map(({ name, value }) => `${name}=${value}`)];
  const spec = loadSpec(file, firstSet, session);
  const stages = stagesToTrain(spec, file, options.stage);
  if (options.best !== undefined) {
    const { expectMetric } = await import("../../sweep/outcome.js");
    expectMetric(options.best, { stages, evaluations: [...spec.evaluations.values()] });
  }
  const seeding = seedingOf(spec, stages);
  const trials = trialsOf(rows, { out, fixed, seeds: options.seeds ?? null, seeding });
  for (const { set } of trials) {
    const checked = checkFile(file, set);
    if (checked.spec === null) throw new SpecError(checked.diagnostics);
  }
  return trials;
}

/** Throws for an axis without values or with a value twice: both would be trained into one folder. */
function expectValues({ name, values }: Axis): void {
  if (values.kind === "range") return;
  const [first] = values.values;
  if (first === undefined) throw new UsageError(`${name} has no value`, `write --set ${name}=value,value`);
  const twice = values.values.find((value, i) => values.values.indexOf(value) < i);
  if (twice !== undefined)
    throw new UsageError(
      `${name} has the value ${twice} twice`,
      "leave one out; --seeds trains the same several times",
    );
}

async function tell(
  trials: readonly Trial[],
  { out, best, file }: { readonly out: string; readonly best: string | null; readonly file: string },
  session: Session,
): Promise<void> {
  const { resultsOf } = await import("../../sweep/outcome.js");
  const { sweepPage } = await import("../../sweep/page.js");
  const { sweepTable } = await import("../sweep-text.js");
  const { writeTextAtomically } = await import("../../formats/atomic.js");
  const results = await resultsOf(trials, best);
  const [head = "", ...lines] = sweepTable(results);
  [session.colours.dim(head), ...lines].forEach((line) => session.say(line));
  const page = join(out, "sweep.html");
  await writeTextAtomically(page, sweepPage(file, results));
  session.say(`\n${page}`);
  if (results.misnamed !== null) throw results.misnamed;
  const groups = results.groups.map(({ settings, mean, deviation, outcomes }) => ({
    settings: Object.fromEntries(settings.map(({ name, value }) => [name, value])),
    mean,
    deviation,
    runs: outcomes.map(({ trial, value }) => ({ folder: trial.folder, seed: trial.seed, value })),
  }));
  session.give({ metric: results.metric?.name ?? null, better: results.better, page, groups });
}
