// `vlmo train`: trains stages into a run folder, with progress, a report at the end, and a clean stop at Ctrl-C.
import type { Command } from "commander";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { EvaluationLine, StageRecord } from "../../report/run.js";
import type { TrainResult } from "../../train/run.js";
import { shellWord } from "../../printable.js";
import { exits } from "../failure.js";
import {
  type EngineChoice,
  engineOptions,
  engineWords,
  path,
  positive,
  setOption,
  stageOption,
  workersOption,
} from "../options.js";
import { rankOptions, rankWords, type RankOptions } from "../rank-options.js";
import type { OwnRank } from "../ranks.js";
import { version, type Shell } from "../shell.js";
import type { Session } from "../session.js";
import { stopOnSignal } from "../stop.js";

const examples = `
Ctrl-C finishes the step, saves and shows how to resume (exit code 130); a second one stops
immediately. SIGTERM, Ctrl-\\ and a closing terminal do the same (143, 131, 129). A run that was
killed resumes from its last checkpoint with --resume, and reaches the same parameters as an
uninterrupted one.

Examples:
  vlmo train specs/quickstart.vlmo
  vlmo train specs/shapes.vlmo --out runs/shapes
  vlmo train specs/shapes.vlmo --out runs/shapes --resume
  vlmo train specs/shapes.vlmo --engine tfjs --backend wasm
  vlmo train specs/shapes.vlmo --engine torch --devices 8

In the run folder: report.html (open it in a browser), pictures/, metrics.jsonl (a line a step),
run.json, checkpoints/.`;

/** The options as commander parses them. */
export interface TrainCommandOptions extends EngineChoice, RankOptions {
  readonly stage?: string;
  readonly out?: string;
  readonly resume?: true;
  readonly workers?: number;
  readonly keep?: number;
  readonly set: readonly string[];
}

/** Adds `vlmo train`. */
export function addTrain(program: Command, shell: Shell): void {
  const command = program
    .command("train")
    .summary("train stages, evaluate, write a report")
    .description("Train the stages of a specification one after another, evaluate them and write a run folder.")
    .argument("<file>", "the specification")
    .addOption(stageOption("only this stage; its predecessor must be finished in the same run folder"))
    .option("--out <folder>", "the run folder (default: runs/NAME of the file)", path)
    .option("--resume", "resume the run in the folder, or start one where there is none")
    .option("--keep <n>", "how many of a stage's latest checkpoints to keep, besides its best (default: 1)", positive)
    .addOption(setOption());
  for (const option of [...engineOptions(), workersOption(), ...rankOptions()]) command.addOption(option);
  command.addHelpText("after", examples).action(async (file: string, options: TrainCommandOptions) => {
    shell.exit = await run(file, options, shell.session);
  });
}

async function run(file: string, options: TrainCommandOptions, session: Session): Promise<number> {
  const { asksForRanks, asRank, ownRank, trainInRanks } = await import("../ranks.js");
  const own = ownRank(process.env);
  const asks = own === null && asksForRanks(options);
  if (own !== null) return asRank(own, session, (heard) => trainAs(own, file, options, heard));
  if (!asks) return trainAs(null, file, options, session);
  const { loadSpec, stagesToTrain } = await import("../load-spec.js");
  return trainInRanks(stagesToTrain(loadSpec(file, options.set, session), file, options.stage), options, session);
}

/** Trains in this process: alone, or as one of several. */
async function trainAs(
  own: OwnRank | null,
  file: string,
  options: TrainCommandOptions,
  session: Session,
): Promise<number> {
  const { loadSpec, stagesToTrain } = await import("../load-spec.js");
  const spec = loadSpec(file, options.set, session);
  const stages = stagesToTrain(spec, file, options.stage);
  const { openEngine } = await import("../open-engine.js");
  const { createListener } = await import("../progress.js");
  const { train } = await import("../../train/train.js");
  const { reportDamaged } = await import("../report-damaged.js");
  const { usualFolder, usualWorkers } = await import("../../train/usual.js");
  const out = options.out ?? usualFolder(file);
  const again = resumeCommand(file, options, out);
  const cores = Math.max(1, Math.floor(availableParallelism() / (own?.besides ?? 1)));
  const threads = options.threads ?? cores;
  await reportDamaged(out, session);
  const progress = createListener(session);
  const { preparing, noticed } = progress.listener;
  const choice = { ...options, threads, shares: own !== null };
  const engine = await openEngine(choice, session, { going: preparing, done: noticed });
  const stop = stopOnSignal(session, own !== null, () => {
    progress.end();
    tellStopped("Stopped; there was nothing new to save.", { folder: out, again }, session);
  });
  try {
    const result = await train({
      spec,
      file,
      stages,
      engine,
      shardOptimizer: options.shardOptimizer === true,
      threads,
      workers: options.workers ?? usualWorkers(cores, engine),
      out,
      resume: options.resume ?? own?.again ?? false,
      signal: stop.signal,
      listener: stop.watching(progress.listener),
      version: version(),
      command: again,
      set: options.set,
      ...(options.keep !== undefined && { keep: options.keep }),
    });
    progress.end();
    if ((own?.rank ?? 0) === 0) await tellEnd(result, { file, set: options.set, again }, session);
    return result.status === "interrupted" ? stop.exit() : exits.fine;
  } finally {
    progress.end();
    stop.release();
    engine.dispose();
  }
}

/** The command line that resumes a run. */
function resumeCommand(file: string, options: TrainCommandOptions, out: string): string {
  const { stage, set, workers, keep } = options;
  const words = [
    ["vlmo", "train", file],
    stage === undefined ? [] : ["--stage", stage],
    engineWords(options),
    workers === undefined ? [] : ["--workers", String(workers)],
    keep === undefined ? [] : ["--keep", String(keep)],
    rankWords(options),
    set.flatMap((value) => ["--set", value]),
    ["--out", out, "--resume"],
  ];
  return words.flat().map(shellWord).join(" ");
}

interface Given {
  readonly file: string;
  readonly set: readonly string[];
  /** The command line that resumes the run. */
  readonly again: string;
}

async function tellEnd({ status, folder }: TrainResult, given: Given, session: Session): Promise<void> {
  const { again } = given;
  const { writeReport } = await import("../../report/index.js");
  const { bestText, evaluationSentences } = await import("../../report/words.js");
  const { page, run: seen } = await writeReport(folder);
  const { evaluations } = seen;
  if (status === "interrupted") {
    tellStopped("Stopped and saved.", { folder, again, report: page, evaluations }, session);
    return;
  }
  const { colours } = session;
  session.say("");
  evaluations.flatMap(evaluationSentences).forEach((line) => session.say(colours.bold(line)));
  for (const stage of seen.stages.filter(isOutdone)) {
    session.say(`Best validation of ${stage.name}: ${bestText(stage)}. Evaluate its checkpoint with:`);
    session.say(`  ${evaluateBest(stage, given, folder)}`);
  }
  session.say(`\nResults are in ${folder}:`);
  session.say(`  ${page}   the summary with curves; open it in a browser`);
  session.say(`  ${join(folder, "checkpoints")}   the trained parameters of every stage`);
  session.give({ kind: "end", status, folder, report: page, resume: again, evaluations });
}

/** Whether a stage was better before its last step, so that the figures of its end are not those of its best checkpoint. */
function isOutdone({ best, steps }: StageRecord): boolean {
  return best !== null && best.step !== steps.at(-1)?.step;
}

function evaluateBest({ best, evaluations }: StageRecord, { file, set }: Given, folder: string): string {
  const name = evaluations.find(({ step }) => step === best?.step)?.name ?? "NAME";
  const sets = set.flatMap((value) => ["--set", value]);
  return ["vlmo", "eval", file, name, "--checkpoint", folder, "--best", ...sets].map(shellWord).join(" ");
}

/** The state of a run that was stopped. */
interface Stopped {
  readonly folder: string;
  readonly again: string;
  readonly report?: string;
  readonly evaluations?: readonly EvaluationLine[];
}

function tellStopped(how: string, { again, ...facts }: Stopped, session: Session): void {
  session.say(`\n${how} Resume with:\n  ${again}`);
  session.give({ kind: "end", status: "interrupted", ...facts, resume: again });
}
