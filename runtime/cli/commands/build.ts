// `vlmo build`: the compiler's results for a specification, to inspect or to use elsewhere.
import { Option, type Command } from "commander";
import { writeFile } from "node:fs/promises";
import { join, parse } from "node:path";
import type { Graph, Precision, ProgramName, StageSpec } from "../../../compiler/index.js";
import { exits, UsageError } from "../failure.js";
import { path, positive, precisionOption, setOption, stageOption } from "../options.js";
import { expectSharers, shardOption } from "../rank-options.js";
import type { Shell } from "../shell.js";
import type { Session } from "../session.js";
import { programChoices } from "./exec.js";

const examples = `
ast   the tree of the file, as JSON
ir    the program before any target's lowering: one line per operation, with the line of the file that caused it
onnx  the program as an ONNX model whose inputs include the parameters
torch the program as a Python module for PyTorch: load(device) gives a function from named tensors to named tensors
model-explorer
      the program as a graph for Google's Model Explorer, in groups by layer; with -o also FILE.flops.json, FILE.bytes.json
      and FILE.parameters.json to colour it by

With --emit torch --out DIR everything needed for training without Node is written as a folder: programs, initial
parameters, the plan of each stage, and the Python code that runs them on shards written by \`vlmo data pack\`. Checkpoints
are those of \`vlmo train\`: either of the two can resume a run of the other.

Programs take the parameters as inputs. To write a trained model with its weights, use \`vlmo export\`.

Examples:
  vlmo build specs/parity.vlmo --emit ast
  vlmo build specs/parity.vlmo --stage pairs_stage --emit ir --program gradient --batch 4
  vlmo build specs/parity.vlmo --stage pairs_stage --emit onnx --program step -o step.onnx
  vlmo build specs/parity.vlmo --stage pairs_stage --emit torch --program encode -o encode.py
  vlmo build specs/parity.vlmo --stage pairs_stage --emit torch --program step --precision bfloat16
  vlmo build pairs.vlmo --emit torch --out folder --devices 1,8 --precision bfloat16
  vlmo build pairs.vlmo --emit torch --out folder --devices 64 --shard-optimizer
  vlmo build specs/parity.vlmo --stage pairs_stage --emit model-explorer --program forward -o forward.json`;

const forms = ["ast", "ir", "onnx", "torch", "model-explorer"] as const;

interface BuildOptions {
  readonly emit: (typeof forms)[number];
  readonly stage?: string;
  readonly program?: ProgramName;
  readonly batch?: number;
  readonly output?: string;
  readonly out?: string;
  readonly devices?: readonly number[];
  readonly shardOptimizer?: true;
  readonly precision?: Precision;
  readonly set: readonly string[];
}

/** Adds `vlmo build`. */
export function addBuild(program: Command, shell: Shell): void {
  program
    .command("build")
    .summary("write a stage's programs as IR, ONNX or PyTorch")
    .description(
      "Write the syntax tree of a file, or a program of a stage as graph IR, as an ONNX model or as a Python module.",
    )
    .argument("<file>", "the specification")
    .addOption(new Option("--emit <form>", "what to write").choices(forms).makeOptionMandatory())
    .addOption(stageOption())
    .addOption(new Option("--program <name>", "which program (for all but ast)").choices(programChoices))
    .option("--batch <n>", "batch size (default: the stage's)", positive)
    .option("-o, --output <file>", "write there (default for all but onnx: stdout)", path)
    .option("--out <folder>", "torch: write a folder that trains all stages (or --stage) with Python alone", path)
    .option(
      "--devices <list>",
      "with --out: the numbers of processes it can train in, as in 1,8 (default: 1)",
      deviceCounts,
    )
    .addOption(shardOption())
    .addOption(precisionOption())
    .addOption(setOption())
    .addHelpText("after", examples)
    .action(async (file: string, options: BuildOptions) => {
      shell.exit = await build(file, options, shell.session);
    });
}

async function build(file: string, options: BuildOptions, session: Session): Promise<number> {
  const { loadSpec, stageOf } = await import("../load-spec.js");
  const { emit, program, output, precision = "float32" } = options;
  if (precision !== "float32" && emit !== "torch")
    throw new UsageError(`--emit ${emit} has no \`${precision}\``, "--precision is for --emit torch");
  if (options.out !== undefined) return buildFolder(file, { ...options, out: options.out }, session);
  if (options.devices !== undefined) throw new UsageError("--devices needs --out", "such as --out folder");
  if (options.shardOptimizer === true) throw new UsageError("--shard-optimizer needs --out", "such as --out folder");
  if (emit === "ast") return deliver([{ content: await treeOf(file, session), output }], session);
  if (program === undefined)
    throw new UsageError(`--emit ${emit} needs --program`, `one of ${programChoices.join(", ")}`);
  if (emit === "onnx" && output === undefined)
    throw new UsageError("--emit onnx needs -o FILE", "such as -o model.onnx");
  const stage = stageOf(loadSpec(file, options.set, session), file, options.stage);
  const graph = await graphOf(stage, program, options.batch);
  const content = await programForms[emit](graph, precision);
  const beside = emit !== "model-explorer" || output === undefined ? [] : await overlaysOf(graph, output);
  return deliver([{ content, output }, ...beside], session);
}

/** Writes a folder that trains without Node. */
async function buildFolder(
  file: string,
  options: BuildOptions & { readonly out: string },
  session: Session,
): Promise<number> {
  const { emit, program, output, batch, out, devices = [1], shardOptimizer, precision = "float32", set } = options;
  if (emit !== "torch") throw new UsageError(`--emit ${emit} writes no folder`, "--out is for --emit torch");
  const one = { "--program": program, "--output": output, "--batch": batch };
  const stray = Object.entries(one).find(([, value]) => value !== undefined);
  if (stray !== undefined) throw new UsageError(`${stray[0]} is of one program`, "leave it out, or leave out --out");
  expectSharers(shardOptimizer, Math.max(...devices));
  const { loadSpec, stagesToTrain } = await import("../load-spec.js");
  const { writeFolder } = await import("../../standalone/write.js");
  const { version } = await import("../../version.js");
  const { createCounter } = await import("../counter.js");
  const { counted } = await import("../../../grammar/index.js");
  const counter = createCounter(session);
  const spec = loadSpec(file, set, session);
  const stages = stagesToTrain(spec, file, options.stage);
  const shares = { devices, shardOptimizer: shardOptimizer === true };
  const facts = { spec, file, stages, out, ...shares, precision, set, version: version() };
  await writeFolder({ ...facts, report: (what, done, all) => counter({ what, done, all }) });
  session.say(
    `${out}: ${stages.map(({ name }) => name).join(", ")}, for ${devices.map((each) => counted(each, "process", "processes")).join(" or ")}; README.md says how to run it`,
  );
  session.give({ folder: out, stages: stages.map(({ name }) => name), devices });
  return exits.fine;
}

/** `1,8` as numbers of processes. */
function deviceCounts(text: string): number[] {
  return [...new Set(text.split(",").map((each) => positive(each.trim())))];
}

/** The writers of a program, by form. */
const programForms = {
  ir: async (graph) => (await import("../../../compiler/index.js")).print(graph),
  onnx: async (graph) => {
    const { encodeModel, lower, targets, writeOnnx } = await import("../../../compiler/index.js");
    return encodeModel(writeOnnx(lower(graph, targets.onnx)));
  },
  torch: async (graph, precision) => {
    const { lower, targets, writeTorch } = await import("../../../compiler/index.js");
    return writeTorch(lower(graph, targets.torch, precision));
  },
  "model-explorer": async (graph) => {
    const { explorerGraph } = await import("../../../compiler/index.js");
    return `${JSON.stringify(explorerGraph(graph, graph.name))}\n`;
  },
} satisfies Record<
  Exclude<BuildOptions["emit"], "ast">,
  (graph: Graph, precision: Precision) => Promise<string | Uint8Array>
>;

async function graphOf(stage: StageSpec, program: ProgramName, batch: number | undefined) {
  const { programOf, defaultBatch } = await import("../../program/exec.js");
  const request = { stage, program, batch: batch ?? null, outputs: null };
  return programOf(request, batch ?? defaultBatch(request)).graph;
}

/** The tree of one file as JSON; spans as offsets. */
async function treeOf(path: string, session: Session): Promise<string> {
  const { parseFile } = await import("../load-spec.js");
  const tree = parseFile(path, session);
  const shown = (key: string, value: unknown): unknown => (key === "source" || key === "file" ? undefined : value);
  return `${JSON.stringify(tree, shown, 2)}\n`;
}

/** A text and its file; stdout where no file is named. */
interface Written {
  readonly content: string | Uint8Array;
  readonly output: string | undefined;
}

/** Overlays by which Model Explorer colours the graph in `output`: `step.flops.json` beside `step.json`. */
async function overlaysOf(graph: Graph, output: string): Promise<Written[]> {
  const { explorerData } = await import("../../../compiler/index.js");
  const { dir, name } = parse(output);
  return [...explorerData(graph)].map(([measure, data]) => ({
    content: `${JSON.stringify(data)}\n`,
    output: join(dir, `${name}.${measure}.json`),
  }));
}

async function deliver(files: readonly Written[], session: Session): Promise<number> {
  const { systemError } = await import("../../errors/system-error.js");
  const written: { readonly output: string; readonly bytes: number }[] = [];
  for (const { content, output } of files) {
    if (output === undefined) {
      if (typeof content === "string") {
        session.write(content);
        session.give({ content });
      }
      continue;
    }
    await writeFile(output, content).catch((error: unknown) => {
      throw systemError("V923", output, error);
    });
    const bytes = typeof content === "string" ? Buffer.byteLength(content) : content.length;
    session.say(`${output}: ${bytes.toLocaleString("en")} bytes`);
    written.push({ output, bytes });
  }
  const [first, ...beside] = written;
  if (first !== undefined) session.give(beside.length === 0 ? first : { ...first, beside });
  return exits.fine;
}
