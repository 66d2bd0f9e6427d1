// The folder's README: how it is run, and what it needs.
import type { StageSpec } from "../../compiler/index.js";

/** The names and settings on the page. */
interface Named {
  readonly file: string;
  readonly stages: readonly StageSpec[];
  readonly devices: readonly number[];
  readonly shardOptimizer: boolean;
  readonly precision: string;
  readonly version: string;
}

/** The text of README.md. */
export function readme({ file, stages, devices, shardOptimizer, precision, version }: Named): string {
  const blocks = [...new Set(stages.flatMap(({ data }) => data.map(({ name }) => name)))];
  const commands = devices.map((each) => {
    const program = each === 1 ? "python" : `torchrun --nproc-per-node ${each}`;
    return `$ ${program} train.py --data SHARDS --out RUN`;
  });
  const most = Math.max(...devices);
  return `# ${stages.map(({ name }) => name).join(", ")}

Written by vlmo ${version} from \`${file}\`, in ${precision}, for ${devices.join(" or ")} processes. It trains with Python 3.11,
PyTorch 2.4 or later, NumPy and, for images, Pillow:

\`\`\`console
$ pip install torch numpy pillow
${commands.join("\n")}
\`\`\`
${most === 1 ? "" : severalProcesses(most, shardOptimizer)}
SHARDS is the folder with the files that the folder was built on, or one with a folder of them for each data block:
${blocks.map((name) => `\`SHARDS/${name}/\``).join(", ")}. Their names and sizes must be those of then.

Ctrl-C finishes the step and saves; \`--resume\` goes on, here or with \`vlmo train ${file} --engine torch --out RUN --resume\`.
It runs on CUDA where there is any, otherwise on the CPU (\`--device\`), with the kernels for attention that the device has.
RUN is a run folder of vlmo: \`vlmo view RUN\`, \`vlmo report RUN\`, \`vlmo eval\` and \`vlmo predict\` read it. Nothing is evaluated
here: \`vlmo train --resume\` makes the evaluations of a stage that has its steps.

Images of another size than the model's are resized by Pillow, whose pixels differ from vlmo's by a fraction of a level; shards
of \`vlmo data pack --stage\` hold them at the right size, and then batches are those of vlmo to the bit.
`;
}

function severalProcesses(most: number, shardOptimizer: boolean): string {
  const shared =
    "Several processes share the optimizer's state (--shard-optimizer); checkpoints are whole all the same.\n\n";
  return `
${shardOptimizer ? shared : ""}On several machines the same command runs on each, which finds the others by \`--rdzv-endpoint\` (a free port of one of them); RUN is on a disk that all
have. With \`--max-restarts\` all processes start again when one has ended, and go on from the last checkpoint:

\`\`\`console
$ export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
$ torchrun --nnodes 2 --nproc-per-node ${Math.ceil(most / 2)} --max-restarts 3 --rdzv-backend c10d --rdzv-endpoint FIRST:29500 train.py --data SHARDS --out RUN
\`\`\`
`;
}
