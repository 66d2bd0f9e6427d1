// `vlmo rehearse`: a scaled-down run on synthetic data, to test the whole run before spending data and days on it.
import type { Command } from "commander";
import { availableParallelism } from "node:os";
import type { RehearsedStage, Rehearsals } from "../../rehearse/rehearse.js";
import type { Engine } from "../../engines/index.js";
import { usualRehearsal } from "../../rehearse/usual.js";
import { exits } from "../failure.js";
import { engineOptions, positive, setOption, stageOption, type EngineChoice } from "../options.js";
import { version, type Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
The models are scaled down (width, layers, images, texts, vocabulary, batches) by rules that keep
their structure: experts and their placement, heads, freezing, initialisation from earlier stages,
schedules, micro-batches. Data blocks are replaced by synthetic samples of their kinds. Nothing but
the specification is read, and no files are left behind. What this cannot show is printed at the end.

Examples:
  vlmo rehearse specs/vlmo-base.vlmo
  vlmo rehearse specs/                               every specification in a folder
  vlmo rehearse specs/vlmo-base.vlmo --stage fusion  this stage, and those it starts from
  vlmo rehearse model.vlmo --width 96 --steps 10 --engine torch`;

interface RehearseCommandOptions extends EngineChoice {
  readonly stage?: string;
  readonly width: number;
  readonly steps: number;
  readonly set: readonly string[];
}

/** Adds `vlmo rehearse`. */
export function addRehearse(program: Command, shell: Shell): void {
  const command = program
    .command("rehearse")
    .summary("run a scaled-down copy of every stage on synthetic data")
    .description(
      "Run a scaled-down copy of every stage on synthetic samples, with initialisation from earlier stages, checkpoints and evaluations.",
    )
    .argument("<file...>", "specifications, or folders of them")
    .addOption(stageOption("only this stage and those it starts from"))
    .option("--width <n>", "width of the models", positive, usualRehearsal.width)
    .option("--steps <n>", "optimizer steps of a stage", positive, usualRehearsal.steps)
    .addOption(setOption());
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (paths: readonly string[], options: RehearseCommandOptions) => {
    shell.exit = await rehearseAll(paths, options, shell.session);
  });
}

async function rehearseAll(
  paths: readonly string[],
  options: RehearseCommandOptions,
  session: Session,
): Promise<number> {
  const { specFiles } = await import("../spec-files.js");
  const { openEngine } = await import("../open-engine.js");
  const { createRehearsals } = await import("../../rehearse/rehearse.js");
  const { factsOf } = await import("../../rehearse/facts.js");
  const files = await specFiles(paths);
  const threads = options.threads ?? availableParallelism();
  const engine = await openEngine({ ...options, threads }, session);
  const rehearsals = await createRehearsals();
  const failed: string[] = [];
  const rehearsed: object[] = [];
  try {
    for (const file of files) {
      const found = await rehearseFile(file, { ...options, engine, threads, rehearsals }, session);
      if (found === null) failed.push(file);
      else rehearsed.push({ file, stages: found.map((stage) => ({ ...factsOf(stage), same_as_in: stage.before })) });
    }
  } finally {
    engine.dispose();
    await rehearsals.close();
  }
  tellEnd({ files, failed }, session);
  session.give({ kind: "end", rehearsed, failed });
  return failed.length > 0 ? exits.mistake : exits.fine;
}

type Opened = Omit<RehearseCommandOptions, "engine"> & {
  readonly engine: Engine;
  readonly threads: number;
  readonly rehearsals: Rehearsals;
};

/** Null where the file could not be rehearsed, which has been reported. */
async function rehearseFile(file: string, options: Opened, session: Session): Promise<RehearsedStage[] | null> {
  const { reportFailure } = await import("../failure.js");
  const { loadSpec, ownStages, stageOf } = await import("../load-spec.js");
  const { withPredecessors } = await import("../../../compiler/front-end.js");
  const { originsText } = await import("../../report/words.js");
  const { stage, width, steps, set, engine, threads, rehearsals } = options;
  session.say(session.colours.bold(file));
  try {
    const spec = loadSpec(file, set, session);
    const chosen = stage === undefined ? ownStages(spec, file) : [stageOf(spec, file, stage)];
    if (chosen.length === 0) {
      session.say("  no stage, nothing to rehearse");
      return [];
    }
    const stages = withPredecessors(spec, chosen).map(({ name }) => name);
    const done = (each: RehearsedStage): void =>
      stageLines(each, originsText(each.start.beginnings)).forEach((line) => session.say(line));
    return await rehearsals.rehearse({ spec, file, stages, width, steps, engine, threads, version: version(), done });
  } catch (error) {
    await reportFailure(error, session);
    return null;
  }
}

function stageLines(rehearsed: RehearsedStage, tensors: string): string[] {
  const { written, stage, last, times, resumed, evaluations, seconds, before } = rehearsed;
  if (before !== null) return [`  ${stage.name}: the same as in ${before}`];
  const losses = [...last.losses].map(([name, loss]) => `${name} ${loss.toFixed(3)}`).join(", ");
  const later = times.later === null ? "" : `, then ${milliseconds(times.later)} each`;
  const figures = ({ name, metrics }: RehearsedStage["evaluations"][number]): string =>
    `    evaluated ${name}: ${metrics.map((metric) => metric.name).join(", ")}`;
  return [
    `  ${stage.name}: ${sizeText(written, stage)}`,
    `    tensors: ${tensors}${stage.from.kind === "stage" && stage.from.at === "best" ? `, from ${stage.from.name} at best` : ""}`,
    `    ${stepsText(last)}: the first ${milliseconds(times.first)}${later}; loss ${losses}`,
    ...(times.later === null ? [] : [`    of each: ${partsText(times.programs)}`]),
    ...(resumed ? ["    stopped after one step and resumed from its checkpoint"] : []),
    ...new Set(evaluations.map(figures)),
    `    ${seconds.toFixed(1)} s`,
  ];
}

function stepsText({ step, steps }: RehearsedStage["last"]): string {
  return step < steps ? `ended early, after ${step} of ${steps} steps` : `${steps} steps`;
}

function partsText(programs: RehearsedStage["times"]["programs"]): string {
  return Object.entries(programs)
    .map(([name, seconds]) => `${name} ${milliseconds(seconds)}`)
    .join(", ");
}

function milliseconds(seconds: number): string {
  return `${Math.round(seconds * 1000)} ms`;
}

function sizeText(written: RehearsedStage["written"], stage: RehearsedStage["stage"]): string {
  const parts: [string, number | undefined, number | undefined][] = [
    ["layers", written.model.layers, stage.model.layers],
    ["width", written.model.width, stage.model.width],
    ["heads", written.model.attention.heads, stage.model.attention.heads],
    ["image", written.model.image?.size, stage.model.image?.size],
    ["text", written.model.text?.length, stage.model.text?.length],
    ["batch", written.batch, stage.batch],
    ["micro-batch", written.micro, stage.micro],
  ];
  return parts
    .flatMap(([name, before, now]) =>
      now === undefined ? [] : before === now ? `${name} ${now}` : `${name} ${before} → ${now}`,
    )
    .join(", ");
}

function tellEnd({ files, failed }: { files: readonly string[]; failed: readonly string[] }, session: Session): void {
  const { colours } = session;
  session.say("");
  if (failed.length > 0) session.say(colours.red(`✗ could not be rehearsed: ${failed.join(", ")}`));
  else
    session.say(
      colours.green(`✓ ${files.length} ${files.length === 1 ? "specification" : "specifications"} rehearsed`),
    );
  session.say(
    "Not shown by this: memory and speed at the sizes written, real data, files that are named, and whether it learns.",
  );
}
