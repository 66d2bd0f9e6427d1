// `vlmo plan`: what a specification comes to, before anything runs.
import type { Command } from "commander";
import { exits } from "../failure.js";
import { setOption } from "../options.js";
import type { Shell } from "../program.js";
import type { Session } from "../session.js";

const examples = `
Shown are each model's parameters by part, which expert serves whom in which layer, and for each stage what it trains,
freezes and never reaches, what it takes over from its predecessor, its pool of negatives and its operations.

Examples:
  vlmo plan specs/vlmo-base.vlmo
  vlmo plan specs/vlmo-base.vlmo --stage fusion
  vlmo plan specs/vlmo-base.vlmo --json`;

interface PlanOptions {
  readonly stage?: string;
  readonly set: readonly string[];
}

export function addPlan(program: Command, shell: Shell): void {
  program
    .command("plan")
    .summary("say what a specification comes to: sizes, routes, stages")
    .description("Say what a specification comes to: parameters, routing, what each stage trains and hands on.")
    .argument("<file>", "the specification")
    .option("--stage <name>", "only this stage and its model")
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (file: string, options: PlanOptions) => {
      shell.exit = await run(file, options, shell.session);
    });
}

async function run(file: string, { stage: name, set }: PlanOptions, session: Session): Promise<number> {
  const { loadSpec, stageOf } = await import("../load-spec.js");
  const { planOf, planText } = await import("../../../compiler/index.js");
  const spec = loadSpec(file, set, session);
  const whole = planOf(spec);
  const stage = name === undefined ? null : stageOf(spec, file, name);
  const plan =
    stage === null
      ? whole
      : {
          models: whole.models.filter((model) => model.name === stage.model.name),
          stages: whole.stages.filter((entry) => entry.name === stage.name),
        };
  session.write(planText(plan));
  session.give(plan);
  return exits.fine;
}
