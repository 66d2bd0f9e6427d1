// Runs a few lines with a session in a process of their own, to see how that process ends.
import { execFileSync } from "node:child_process";
import { runsTypeScript } from "../../../support/typescript.js";

const here = new URL("./", import.meta.url);

/**
 * What `code` printed; it sees `session` (a chain of `depth` products), `create`, `feeds` and `fetches`.
 * Throws when the process fails, is killed or says anything on stderr.
 */
export function child(kind: "koffi" | "binding", code: string, depth = 4): string {
  const script = `
    const { createSession } = await import(${JSON.stringify(new URL("../../../../runtime/engines/ort/session.js", here))});
    const { chain, options, zeros } = await import(${JSON.stringify(new URL("models.js", here))});
    const create = (threads) => createSession(chain(64, ${depth}), { ...options, threads, spinning: 0 });
    const session = await create(2);
    const [x, w, y] = [zeros(64, 64), zeros(64, 64), zeros(64, 64)];
    x.data.fill(3);
    for (let i = 0; i < 64; i++) w.data[i * 65] = 1;
    const [feeds, fetches] = [new Map([["x", x], ["w", w]]), new Map([["y", y]])];
    if (session.kind !== ${JSON.stringify(kind)}) throw new Error("wrong kind");
    ${code}`;
  const words = ["--expose-gc", ...runsTypeScript, "--input-type=module", "--eval", script];
  return execFileSync(process.execPath, words, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, VLMO_ORT: kind === "binding" ? "binding" : "" },
    timeout: 110_000,
  });
}
