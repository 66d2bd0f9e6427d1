// `vlmo exec`: one compiled program on tensors from files.
import { Option, type Command } from "commander";
import type { ProgramName, Spec } from "../../../compiler/index.js";
import type { ExecRequest, ExecResult, Given, Signature } from "../../program/exec.js";
import type { Tensor } from "../../tensor.js";
import { feeding } from "../../engines/backends.js";
import { exits, UsageError } from "../failure.js";
import { type EngineChoice, engineOptions, names, path, positive, setOption, stageOption } from "../options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";

const examples = `
Inputs that follow from others need not be given: masked positions from the labels, denominators
of means from the batch, optimizer state as zeros, the learning rate from the stage's optimizer. Noise
(drop-path, drawn negatives) is off unless the inputs hold it; \`itm.neg_image_idx\` and
\`itm.neg_text_idx\` force the negatives of a head \`itm\`.

Examples:
  vlmo exec specs/parity.vlmo --stage pairs_stage --program forward --list
  vlmo exec specs/parity.vlmo --stage pairs_stage --program forward \\
    --params imported --inputs inputs.safetensors --out outputs.safetensors
  vlmo exec … --inputs inputs.safetensors,negatives.safetensors      several files, merged
  vlmo exec … --program gradient --outputs "loss.*,grad.pooler.*"    some of the outputs
  vlmo exec … --program step --step 1

Programs: encode (features), forward (features, logits, losses), gradient (losses, gradients),
update (new parameters from gradients), step (gradient and update in one); for a stage whose
contrastive loss spans micro-batches (\`cached: true\`) also vectors (what is contrasted) and pool
(the loss over all of them).`;

/** In the order of the compiler's list; a test compares the two. */
export const programChoices = ["encode", "forward", "vectors", "pool", "gradient", "update", "step"] as const;

interface ExecOptions extends EngineChoice {
  readonly stage?: string;
  readonly program: ProgramName;
  readonly params?: string;
  readonly inputs?: readonly string[];
  readonly out?: string;
  readonly outputs?: readonly string[];
  readonly batch?: number;
  readonly step: number;
  readonly list?: true;
  readonly set: readonly string[];
}

/** Adds `vlmo exec`. */
export function addExec(program: Command, shell: Shell): void {
  const command = program
    .command("exec")
    .summary("run one compiled program on given tensors")
    .description("Run one program of a stage on tensors from files and write every output.")
    .argument("<file>", "the specification")
    .addOption(stageOption())
    .addOption(new Option("--program <name>", "which program").choices(programChoices).makeOptionMandatory())
    .option("--list", "print the program's inputs and outputs as JSON instead of running it")
    .option("--params <path>", "a checkpoint folder, or a .safetensors file with vlmo's names", path)
    .option("--inputs <files>", "the batch, as .safetensors (a,b: tensors of b override those of a)", names)
    .option("--out <file>", "where to write the outputs, as .safetensors", path)
    .option("--outputs <names>", "only these outputs, such as loss.total,grad.*", names)
    .option("--batch <n>", "batch size (default: that of the inputs)", positive)
    .option("--step <n>", "the number of the optimizer step, for `step` and `update`", positive, 1)
    .addOption(setOption());
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (file: string, options: ExecOptions) => {
    shell.exit = await exec(file, options, shell.session);
  });
}

async function exec(file: string, options: ExecOptions, session: Session): Promise<number> {
  const { loadSpec } = await import("../load-spec.js");
  const spec = loadSpec(file, options.set, session);
  const request = await requestOf(spec, file, options);
  return options.list ? list(request, session) : runOnce(request, options, session);
}

async function requestOf(spec: Spec, file: string, options: ExecOptions): Promise<ExecRequest> {
  const { stageOf } = await import("../load-spec.js");
  const { program, batch, outputs } = options;
  return { stage: stageOf(spec, file, options.stage), program, batch: batch ?? null, outputs: outputs ?? null };
}

async function list(request: ExecRequest, session: Session): Promise<number> {
  const { signatureOf } = await import("../../program/exec.js");
  const signature = signatureOf(request);
  session.give(signature);
  session.say(listText(signature));
  return exits.fine;
}

/** JSON with a line for each input and output. */
function listText({ inputs, outputs, ...head }: Signature): string {
  const lines = (entries: readonly object[]) => entries.map((entry) => `\n    ${JSON.stringify(entry)}`).join(",");
  const first = JSON.stringify(head).slice(1, -1);
  return `{\n  ${first},\n  "inputs": [${lines(inputs)}\n  ],\n  "outputs": [${lines(outputs)}\n  ]\n}`;
}

async function runOnce(request: ExecRequest, options: ExecOptions, session: Session): Promise<number> {
  const { params, inputs, out } = filesOf(options);
  const { readParameters } = await import("../read-parameters.js");
  const { writeSafetensors } = await import("../../formats/safetensors.js");
  const { execProgram } = await import("../../program/exec.js");
  const { openEngine } = await import("../open-engine.js");
  const parameters = { where: `\`${params}\``, tensors: await readParameters(params) };
  const given = await readInputs(inputs, feeding[options.engine].doubles);
  const engine = await openEngine(options, session);
  try {
    const began = performance.now();
    const result = await execProgram(request, { engine, parameters, inputs: given, step: options.step });
    await writeSafetensors(out, result.outputs);
    printResult(result, { out, engine: engine.description, seconds: (performance.now() - began) / 1000 }, session);
    return exits.fine;
  } finally {
    engine.dispose();
  }
}

/** All input files as one set of tensors; in float64 where the engine computes in float64. */
async function readInputs(files: readonly string[], wide: boolean): Promise<Given> {
  const { readSafetensors } = await import("../../formats/safetensors.js");
  const tensors = new Map<string, Tensor>();
  for (const file of files)
    for (const [name, tensor] of await readSafetensors(file, { wide })) tensors.set(name, tensor);
  return { where: files.length === 0 ? "--inputs" : `\`${files.join("`, `")}\``, tensors };
}

/** The files that a run needs; `--inputs` may be left out, which is an error only where the program has inputs. */
function filesOf({ params, inputs, out }: ExecOptions) {
  if (params === undefined || out === undefined) {
    const missing = [params === undefined ? ["--params"] : [], out === undefined ? ["--out"] : []].flat().join(" and ");
    throw new UsageError(`${missing} must be given`, "or use --list to see what the program reads and gives");
  }
  return { params, inputs: inputs ?? [], out };
}

function printResult(
  { outputs, batch, unread }: ExecResult,
  { out, engine, seconds }: { out: string; engine: string; seconds: number },
  session: Session,
): void {
  if (unread.length > 0) {
    const named = unread.slice(0, 8).join(", ") + (unread.length > 8 ? ` and ${unread.length - 8} more` : "");
    session.remark(`${session.colours.yellow("warning")}: of the inputs, the program does not read ${named}`);
  }
  session.say(`${outputs.size} tensors → ${out}   (batch ${batch}, ${engine}, ${seconds.toFixed(2)} s)`);
  for (const [name, { data, shape }] of outputs) {
    if (shape.length === 0) session.say(`  ${name} = ${Number(data[0]).toPrecision(6)}`);
  }
  const scalars = [...outputs].filter(([, { shape }]) => shape.length === 0);
  session.give({
    out,
    batch,
    engine,
    seconds,
    outputs: [...outputs].map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    scalars: Object.fromEntries(scalars.map(([name, { data }]) => [name, data[0]])),
    unread,
  });
}
