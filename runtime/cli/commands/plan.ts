// `vlmo plan`: sizes, routing, hand-over and cost of a specification, before anything runs.
import { Option, type Command } from "commander";
import type { DeviceName, Plan, PlanOptions, Precision, StageSpec } from "../../../compiler/front-end.js";
import { exits, UsageError } from "../failure.js";
import { bytes, deviceNames, path, positive, precisionOption, ratio, setOption } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
Shows each model's parameters by part, which expert processes which tokens in which layer, and for
each stage what it trains, freezes and never reaches, what it takes over from its predecessor, its
pool of negatives, its FLOPs and memory.

Throughput and training time are estimates: the slower of matrix products at --share of the device's
peak and memory traffic. docs/plan.md has the formulas, and how far off they are.

Examples:
  vlmo plan specs/vlmo-base.vlmo
  vlmo plan specs/vlmo-base.vlmo --stage fusion --memory 24GiB
  vlmo plan specs/vlmo-base.vlmo --device h100 --devices 8 --precision bfloat16
  vlmo plan specs/quickstart.vlmo --against runs/quickstart
  vlmo plan specs/vlmo-base.vlmo --json`;

interface Options {
  readonly stage?: string;
  readonly memory?: number;
  readonly device?: DeviceName;
  readonly devices: number;
  readonly share?: number;
  readonly precision?: Precision;
  readonly against?: string;
  readonly set: readonly string[];
}

/** Adds `vlmo plan`. */
export function addPlan(program: Command, shell: Shell): void {
  program
    .command("plan")
    .summary("show sizes, routing and cost")
    .description("Show sizes, routing and cost: parameters, what each stage trains and takes over, FLOPs, memory.")
    .argument("<file>", "the specification")
    .option("--stage <name>", "only this stage and its model")
    .option("--memory <size>", "show the largest micro-batch that fits, as in 24GiB", bytes)
    .addOption(new Option("--device <name>", "estimate throughput and training time on a device").choices(deviceNames))
    .option("--devices <n>", "how many devices share the batch", positive, 1)
    .option("--share <ratio>", "utilisation: share of the device's peak that is reached (default: 30%)", ratio)
    .addOption(precisionOption())
    .option("--against <run>", "compare with the measured speed of a run", path)
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (file: string, options: Options) => {
      shell.exit = await run(file, options, shell.session);
    });
}

async function run(file: string, options: Options, session: Session): Promise<number> {
  const { loadSpec, stageOf } = await import("../load-spec.js");
  const { multipliesIn, planOf, planText } = await import("../../../compiler/front-end.js");
  const { device, precision = "float32" } = options;
  if (device !== undefined && !multipliesIn(device, precision))
    throw new UsageError(
      `--device ${device} does not multiply in ${precision}`,
      "leave out --precision, or name another device",
    );
  const spec = loadSpec(file, options.set, session);
  const whole = planOf(spec, planOptions(options));
  const stage = options.stage === undefined ? null : stageOf(spec, file, options.stage);
  const plan =
    stage === null
      ? whole
      : {
          models: whole.models.filter((model) => model.name === stage.model.name),
          stages: whole.stages.filter((entry) => entry.name === stage.name),
        };
  await expectShared(stage === null ? [...spec.stages.values()] : [stage], options.devices);
  const beside = options.against === undefined ? null : await comparison(plan, options.against);
  session.write(planText(plan));
  if (beside !== null) session.write(`\n${beside.text}`);
  session.give({ ...plan, ...(beside !== null && { measured: beside.measured }) });
  return exits.fine;
}

/** Throws as `train --devices` would: V902, V903, V908. */
async function expectShared(stages: readonly StageSpec[], devices: number): Promise<void> {
  const { refuse } = await import("../../errors/vlmo-error.js");
  const { unshareable } = await import("../../train/ranks.js");
  refuse(stages.flatMap((stage) => unshareable(stage, devices)));
}

/**
 * The figures that a run measured for the plan's stages. Throws V968 where the folder is no run, UsageError where the run has
 * no steps of these stages.
 */
async function comparison(plan: Plan, run: string) {
  const { readRun } = await import("../../report/run.js");
  const { measuredOf, measuredText } = await import("../../report/measured.js");
  const { info, stages } = await readRun(run);
  const measured = plan.stages.flatMap((stage) => measuredOf(stage, stages) ?? []);
  if (measured.length > 0) return { measured, text: measuredText(run, info, measured) };
  const reason = `\`${run}\` has no steps of a stage of this plan`;
  throw new UsageError(reason, "name a run of this specification with --against");
}

function planOptions({ memory, device, devices: count, share, precision = "float32" }: Options): PlanOptions {
  return {
    precision,
    ...(memory !== undefined && { memory }),
    ...(device !== undefined && { device: { device, count, ...(share !== undefined && { share }) } }),
  };
}
