// `vlmo setup` with a Python that only writes down what it is asked for: nothing is installed.
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { vlmo, type Outcome } from "../cli/command.js";

/** Makes an environment that is itself again, and fails where pip is told to. */
const fakePython = `#!/bin/sh
echo "$*" >> "$(dirname "$VLMO_HOME")/asked"
case "$*" in
  *--broken*) echo "pip: nothing fits"; exit 3 ;;
  "-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
esac
`;

interface Setup extends Outcome {
  readonly asked: string[];
  readonly home: string;
}

async function setup(...args: string[]): Promise<Setup> {
  const folder = mkdtempSync(join(tmpdir(), "vlmo-setup-"));
  const [python, home, log] = [join(folder, "python"), join(folder, "home"), join(folder, "asked")];
  writeFileSync(python, fakePython);
  chmodSync(python, 0o755);
  const [what = "", ...rest] = args;
  const outcome = await vlmo(["setup", what, "--python", python, ...rest], { environment: { VLMO_HOME: home } });
  return { ...outcome, home, asked: existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [] };
}

describe.skipIf(process.platform === "win32")("vlmo setup", () => {
  it("makes a virtual environment and installs PyTorch into it, with the options behind --", async () => {
    const { exit, stdout, stderr, asked, home } = await setup("torch", "--", "--retries", "0");
    expect(exit).toBe(0);
    expect(asked).toEqual([`-m venv ${home}/torch`, "-m pip install --retries 0 torch"]);
    expect(stderr).toContain(`installing: ${home}/torch/bin/python -m pip install --retries 0 torch`);
    expect(stdout).toContain(`PyTorch is in ${home}/torch/bin/python`);
  });

  it("says what failed, and what to do", async () => {
    const { exit, stderr } = await setup("torch", "--", "--broken");
    expect(exit).toBe(1);
    expect(stderr).toContain("pip: nothing fits");
    expect(stderr).toMatch(/error\[V966\].*`.* -m pip install --broken torch` ended with exit code 3/);
    expect(stderr).toContain("help: see what pip says above");
  });

  it("names a Python that does not start", async () => {
    const { exit, stderr } = await vlmo(["setup", "torch", "--python", "no-such-python"], {
      environment: { VLMO_HOME: join(tmpdir(), "vlmo-no-home") },
    });
    expect(exit).toBe(1);
    expect(stderr).toContain("`no-such-python` does not start: it does not exist");
    expect(stderr).toContain("name another with --python");
  });

  it("says where a wheel has not the library that the binding needs", async () => {
    const { exit, stderr, asked } = await setup("tensorflow");
    expect(asked.slice(0, 2)).toEqual([expect.stringContaining("-m venv"), "-m pip install --no-deps tensorflow-cpu"]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/has no libtensorflow_cc\.so\.2/);
  });
});
