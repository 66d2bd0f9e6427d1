// Codes of trainings in several processes.
import type { CodeEntry } from "./data-codes.js";

/** By code. */
export const rankCodes = {
  V655: {
    message: (h: { reason: string }) => `the processes of the training do not find each other: ${h.reason}`,
    help: "check that all machines have the same --rdzv-endpoint and --nnodes, can reach that address, and are still running; `--resume` continues",
    explain:
      "The processes rendezvous at an address of one of the machines, before the first step and after every restart. If its command has " +
      "ended, the others cannot connect.",
  },
  V902: {
    message: (h: { stage: string; key: string; size: number; ranks: number }) =>
      `the \`${h.key}\` of stage \`${h.stage}\`, ${h.size} samples, does not divide among ${h.ranks} processes`,
    help: "choose sizes that are multiples of the number of processes (`--set STAGE.batch=…`), or another number of devices",
    explain:
      "Every process works on an equal share of each micro-batch; `batch` and `micro` count the samples of all processes together.",
  },
  V903: {
    message: (h: { data: string; stage: string }) =>
      `\`${h.data}\` leaves out what cannot be read (\`on_error: skip\`), which the processes of stage \`${h.stage}\` do not know of each other`,
    help: "find what cannot be read with `vlmo check --data FILE`, take it out of the data, and remove `on_error: skip`",
    explain: "Each process reads its share of every batch; all of them would have to agree on which samples to skip.",
  },
  V908: {
    message: (h: { stage: string }) =>
      `stage \`${h.stage}\` mixes images two by two (\`mix\`) over its whole batch, of which each process has only a share`,
    help: "remove `mix` from the stage, or train it in one process",
    explain:
      "The first image of a batch is mixed with the last one, and so on: usually another process has it. Mixing within each share " +
      "would train differently for every number of processes.",
  },
  V904: {
    message: (h: { rank: number; how: string }) => `process ${h.rank} of the training ended: ${h.how}`,
    help: "`--resume` continues from the last checkpoint; a process that is killed has often run out of memory",
    explain: "The processes of a training depend on each other: when one ends, the launcher ends all of them.",
  },
  V905: {
    message: (h: { seconds: number }) => `another process of the training has not answered for ${h.seconds} seconds`,
    help: "`--resume` continues from the last checkpoint; VLMO_RANK_SECONDS says how long processes wait for each other (600)",
    explain:
      "Processes exchange features, gradients and decisions in every step. One that reads slow data longer than the others wait, or hangs, ends the training.",
  },
  V906: {
    message: (h: { stage: string }) =>
      `the processes begin the stage \`${h.stage}\` with different parameters or steps`,
    help: "give all machines the same run folder (`--out` on a shared file system), the same files and the same version of vlmo",
    explain:
      "Every process reads the checkpoints of the run folder; what they begin with is compared before the first step.",
  },
  V907: {
    message: (h: { reason: string }) => `another process of the training ${h.reason}`,
    help: "that process's own message is the cause; `--resume` continues from the last checkpoint",
    explain: "The processes of a training depend on each other: none continues alone.",
  },
} satisfies Readonly<Record<string, CodeEntry>>;
