// Runs code with a session in a separate process, to observe how that process ends.
import { execFileSync } from "node:child_process";
import { bundled } from "../../../support/bundled.js";
import { root } from "../../cli/command.js";

let program: Promise<string> | undefined;

/**
 * The output of `code`, which has `session` (a chain of `depth` matmuls), `create`, `feeds` and `fetches` in scope.
 * Throws if the process fails, is killed or writes to stderr.
 */
export async function child(kind: "koffi" | "binding", code: string, depth = 4): Promise<string> {
  const script = `${await (program ??= bundled("test/runtime/engines/ort/in-child.ts"))}
    const create = (threads) => createSession(chain(64, ${depth}), { ...options, threads, spinning: 0 });
    const session = await create(2);
    const [x, w, y] = [zeros(64, 64), zeros(64, 64), zeros(64, 64)];
    x.data.fill(3);
    for (let i = 0; i < 64; i++) w.data[i * 65] = 1;
    const [feeds, fetches] = [new Map([["x", x], ["w", w]]), new Map([["y", y]])];
    if (session.kind !== ${JSON.stringify(kind)}) throw new Error("wrong kind");
    ${code}`;
  return execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-"], {
    cwd: root,
    encoding: "utf8",
    input: script,
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, VLMO_ORT: kind === "binding" ? "binding" : "" },
    timeout: 110_000,
  });
}
