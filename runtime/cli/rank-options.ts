// The options of a training in several processes. ranks.ts, which starts the processes, is loaded when it runs.
import { Option } from "commander";
import { UsageError } from "./failure.js";
import { positive } from "./options.js";

/** Options for the number of processes. */
export interface RankOptions {
  readonly devices?: number;
  readonly nnodes?: number;
  readonly rdzvEndpoint?: string;
  readonly maxRestarts?: number;
  readonly shardOptimizer?: true;
}

/** `--devices`, `--nnodes`, `--rdzv-endpoint`, `--max-restarts`, `--shard-optimizer`. */
export function rankOptions(): Option[] {
  return [
    new Option("--devices <n>", "data parallel: number of processes, one per device (torch)").argParser(positive),
    new Option("--nnodes <n>", "number of machines; run this command on each").argParser(positive),
    new Option("--rdzv-endpoint <host:port>", "rendezvous of the machines: a free port on one of them"),
    new Option("--max-restarts <n>", "how often all processes are restarted after one has failed").argParser(positive),
    shardOption(),
  ];
}

/** `--shard-optimizer`. */
export function shardOption(): Option {
  return new Option("--shard-optimizer", "shard the optimizer state over the processes (ZeRO-1)");
}

/** Throws UsageError where a single process is to shard the optimizer's state. */
export function expectSharers(shardOptimizer: boolean | undefined, processes: number): void {
  if (shardOptimizer === true && processes < 2)
    throw new UsageError(
      "a single process has no others to share the optimizer state with",
      "add --devices N, or leave out --shard-optimizer",
    );
}

/** The command-line arguments of these options. */
export function rankWords({ devices, nnodes, rdzvEndpoint, maxRestarts, shardOptimizer }: RankOptions): string[] {
  const words = [
    devices === undefined ? [] : ["--devices", String(devices)],
    nnodes === undefined ? [] : ["--nnodes", String(nnodes)],
    rdzvEndpoint === undefined ? [] : ["--rdzv-endpoint", rdzvEndpoint],
    maxRestarts === undefined ? [] : ["--max-restarts", String(maxRestarts)],
    shardOptimizer === undefined ? [] : ["--shard-optimizer"],
  ];
  return words.flat();
}
