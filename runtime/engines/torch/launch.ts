// Starts the processes of a training with torchrun (`launch.py`), and reports how they ended.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { systemReason } from "../../errors/system-error.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { pythonCommand } from "../../python.js";
import { install } from "./worker.js";

/** The processes, on this machine and others. */
export interface Machines {
  /** Processes per machine, each with a device of its own. */
  readonly devices: number;
  readonly nnodes?: number;
  /** The rendezvous of the machines: `HOST:PORT` of one of them. */
  readonly rdzvEndpoint?: string;
  readonly maxRestarts?: number;
}

/** How the processes ended. */
export type Outcome = Exclude<z.infer<typeof outcomeSchema>, { apart: string } | { missing: string }>;

const outcomeSchema = z.union([
  /** In the order of failure; a negative exit code is a signal. */
  z.object({ failures: z.array(z.object({ rank: z.int(), exit: z.int() })) }),
  z.object({ signal: z.string() }),
  /** Why the machines do not find each other. */
  z.object({ apart: z.string() }),
  z.object({ missing: z.string() }),
]);

/** The processes of a training, seen from the parent. */
export interface Launched {
  /** Asks all to stop; the second time kills them. Returns whether it has asked them now. */
  stop(signal: NodeJS.Signals): boolean;
  readonly outcome: Promise<Outcome>;
}

/** Seconds that processes have to finish a step and save before torchrun kills them. */
const shutdown = "120";

/** Starts a command in every process. Rejects with V966 if Python or PyTorch is missing. */
export async function launch(
  command: readonly string[],
  machines: Machines,
  environment: Readonly<Record<string, string>>,
): Promise<Launched> {
  const python = pythonCommand();
  const script = join(import.meta.dirname, "launch.py");
  const child = spawn(python, ["-B", script, ...machineOptions(machines), "--no-python", ...command], {
    // Otherwise Ctrl-C would reach the processes twice: from the terminal and through torchrun.
    detached: true,
    stdio: ["ignore", "inherit", "inherit", "pipe"],
    env: {
      TORCH_ELASTIC_SHUTDOWN_TIMEOUT: shutdown,
      // A shared store outlives a run: restarted processes would find the addresses of the previous ones.
      TORCH_DISABLE_SHARE_RDZV_TCP_STORE: "1",
      // How they ended is reported in our own words.
      TORCH_CPP_LOG_LEVEL: "FATAL",
      // torchrun warns if this is not set; every process sets its own number of threads.
      OMP_NUM_THREADS: "1",
      ...process.env,
      ...environment,
    },
  });
  const unusable = (reason: string, cause?: unknown): Error =>
    vlmoError("V966", { engine: "torch", reason }, { help: install, cause });
  await once(child, "spawn").catch((cause: unknown) => {
    throw unusable(`\`${python}\` does not start: ${systemReason(cause)}`, cause);
  });
  let asked = false;
  return {
    stop: (signal) => {
      const { pid } = child;
      if (pid === undefined || child.exitCode !== null) return false;
      // The second time: the processes end with their parent.
      process.kill(pid, asked ? "SIGKILL" : signal);
      const first = !asked;
      asked = true;
      return first;
    },
    outcome: outcomeOf(child.stdio[3] as Readable, once(child, "exit")).then((outcome): Outcome => {
      if ("apart" in outcome) throw vlmoError("V655", { reason: outcome.apart });
      if ("missing" in outcome) throw unusable(`${python}: ${outcome.missing}`);
      return outcome;
    }),
  };
}

function machineOptions({ devices, nnodes = 1, rdzvEndpoint, maxRestarts = 0 }: Machines): string[] {
  const each = ["--nproc-per-node", String(devices), "--max-restarts", String(maxRestarts)];
  if (nnodes === 1) return ["--standalone", ...each];
  return [...each, "--nnodes", String(nnodes), "--rdzv-backend", "c10d", "--rdzv-endpoint", rdzvEndpoint ?? ""];
}

async function outcomeOf(stream: Readable, ended: Promise<unknown>): Promise<z.infer<typeof outcomeSchema>> {
  const said = await text(stream);
  await ended;
  return said === "" ? { signal: "SIGKILL" } : outcomeSchema.parse(JSON.parse(said));
}
