// `vlmo eval`: one `evaluate` block of a specification on a checkpoint.
import type { Command } from "commander";
import { exits } from "../failure.js";
import { bestOption, type EngineChoice, engineOptions, path, setOption } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
Examples:
  vlmo eval specs/quickstart.vlmo retrieval --checkpoint runs/quickstart
  vlmo eval specs/quickstart.vlmo retrieval --checkpoint runs/quickstart --best
  vlmo eval specs/quickstart.vlmo retrieval --checkpoint runs/quickstart/checkpoints/pairs-0000800 --json`;

interface EvalOptions extends EngineChoice {
  readonly checkpoint: string;
  readonly best?: boolean;
  readonly set: readonly string[];
}

/** Adds `vlmo eval`. */
export function addEval(program: Command, shell: Shell): void {
  const command = program
    .command("eval")
    .summary("evaluate a checkpoint")
    .description(
      "Run an `evaluate` block of a specification on a checkpoint and print its metrics next to chance level.",
    )
    .argument("<file>", "the specification")
    .argument("<name>", "the `evaluate` block")
    .requiredOption("--checkpoint <folder>", "a checkpoint, or a run folder (its latest of the block's stage)", path)
    .addOption(bestOption())
    .addOption(setOption());
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (file: string, name: string, options: EvalOptions) => {
    shell.exit = await run(file, name, options, shell.session);
  });
}

async function run(file: string, name: string, options: EvalOptions, session: Session): Promise<number> {
  const { loadSpec, stageOf, unknownName } = await import("../load-spec.js");
  const spec = loadSpec(file, options.set, session);
  const evaluation = spec.evaluations.get(name);
  if (evaluation === undefined) throw unknownName("evaluation", name, [...spec.evaluations.keys()]);
  const stage = stageOf(spec, file, evaluation.stage);
  const { checkpointFolder } = await import("../read-parameters.js");
  const { openEngine } = await import("../open-engine.js");
  const { evaluateCheckpoint } = await import("../../evaluate/evaluate-checkpoint.js");
  const { evaluationSentences } = await import("../../report/words.js");
  const { reportDamaged } = await import("../report-damaged.js");
  await reportDamaged(options.checkpoint, session);
  const checkpoint = await checkpointFolder(
    options.checkpoint,
    { stage: stage.name, best: options.best === true },
    session,
  );
  const engine = await openEngine(options, session);
  try {
    const found = await evaluateCheckpoint({ spec, evaluation, stage, checkpoint, engine });
    const line = { kind: "evaluation", name, stage: stage.name, ...found } as const;
    evaluationSentences(line).forEach((sentence) => session.say(sentence));
    session.give({ ...line, checkpoint: checkpoint.folder, engine: engine.description });
    return exits.fine;
  } finally {
    engine.dispose();
  }
}
