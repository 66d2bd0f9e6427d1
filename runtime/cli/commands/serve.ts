// `vlmo serve`: a trained model over HTTP, for programs on this machine and a browser.
import { isIP } from "node:net";
import { InvalidArgumentError, type Command } from "commander";
import { exits, tellFailure } from "../failure.js";
import {
  bestOption,
  bytes,
  engineOptions,
  path,
  port,
  positive,
  stageOption,
  type CheckpointChoice,
  type EngineChoice,
} from "../options.js";
import type { Session } from "../session.js";
import { version, type Shell } from "../shell.js";

const examples = `
POST /predict takes the inputs of \`vlmo predict\`, as JSON with base64 images or as a form with files, and returns its
--json output. GET / is a page to try it, GET /model describes the inputs of each head, GET /health the server's state
(with --engine tfjs or reference it answers after the current batch).

Examples:
  vlmo serve runs/vqa
  vlmo serve runs/quickstart --stage pairs --port 0     any free port, which is printed

  curl -F images=@dog.jpg -F text="what colour is the dog?" http://127.0.0.1:8000/predict
  curl -F images=@cell.png -H "Accept: image/png" http://127.0.0.1:8000/predict -o mask.png
  curl -H "Content-Type: application/json" -d '{"text": "a [MASK] dog"}' http://127.0.0.1:8000/predict

Only programs on this machine can reach it, unless --host names another address; there is no authentication. Ctrl-C stops
it once pending requests are answered.`;

interface Options extends EngineChoice, CheckpointChoice {
  readonly host: string;
  readonly port: number;
  readonly batch: number;
  readonly maxBody?: number;
  readonly waiting: number;
  readonly timeout: number;
}

/** Adds `vlmo serve`. */
export function addServe(program: Command, shell: Shell): void {
  const command = program
    .command("serve")
    .summary("serve a trained model over HTTP")
    .description("Serve what `vlmo predict` does over HTTP.")
    .argument("<model>", "a checkpoint, or a run folder (the latest of its last stage)", path)
    .option("--host <address>", "the address to listen at", address, "127.0.0.1")
    .option("--port <n>", "the port; 0 for any free one", port, 8000)
    .addOption(stageOption("in a run folder, the checkpoint of this stage"))
    .addOption(bestOption())
    .option("--batch <n>", "batch size", positive, 16)
    .option("--max-body <size>", "the largest request (default: 16MiB)", bytes)
    .option("--waiting <n>", "how many requests may wait; others get 503", positive, 64)
    .option("--timeout <seconds>", "time limit of a request", positive, 60);
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (model: string, options: Options) => {
    shell.exit = await run(model, options, shell.session);
  });
}

/** An IP address, not a name: no host is ever looked up. */
function address(text: string): string {
  if (text === "localhost") return "127.0.0.1";
  if (isIP(text) === 0)
    throw new InvalidArgumentError("It should be an address of this machine, such as 127.0.0.1 or ::1.");
  return text;
}

async function run(path: string, options: Options, session: Session): Promise<number> {
  const { serve } = await import("../../serve/server.js");
  const { isLoopback } = await import("../../http/guard.js");
  const { openEngine } = await import("../open-engine.js");
  const { openTrained } = await import("../open-trained.js");
  const { stopOnSignal } = await import("../stop.js");
  const { host, port, batch, maxBody: body = bytes("16MiB"), waiting, timeout: seconds } = options;
  const model = await openTrained(path, options, session);
  const engine = await openEngine(options, session);
  try {
    const failed = (error: unknown): void => tellFailure(error, session);
    const limits = { body, waiting, seconds };
    const noted = session.remark;
    const server = await serve({ model, engine, host, port, batch, limits, version: version(), failed, noted });
    // The process ends when all requests have been answered.
    const stop = stopOnSignal(session, true, () => undefined);
    session.say(`stage ${model.stage.name} of ${path}: ${server.url}`);
    session.give({ kind: "listening", url: server.url, host, port: server.port, stage: model.stage.name });
    if (!isLoopback(host)) {
      session.remark(
        `${session.colours.yellow("warning")}: whoever reaches ${host} can ask this model: there is no password`,
      );
    }
    await new Promise((resolve) => stop.signal.addEventListener("abort", resolve));
    session.remark("finishing pending requests; press Ctrl-C again to stop immediately");
    await server.stop();
    stop.release();
    const { answered, refused, failed: broken } = server.counts;
    session.say(`stopped: ${answered} answered, ${refused} refused${broken > 0 ? `, ${broken} failed` : ""}`);
    session.give({ kind: "stopped", ...server.counts });
    return exits.fine;
  } finally {
    engine.dispose();
  }
}
