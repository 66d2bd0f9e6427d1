// `vlmo setup` with a stub of Python that records its calls: nothing is installed.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { vlmo, type Outcome } from "../cli/command.js";

/** Creates environments that contain the stub itself; pip, and the probe if `about` says so, can be made to fail. */
const fakePython = `#!/bin/sh
echo "$*" >> "$(dirname "$VLMO_HOME")/asked"
case "$*" in
  *--broken*) echo "pip: nothing fits"; exit 3 ;;
  "-m venv"*) mkdir -p "$4/bin" && touch "$4/pyvenv.cfg" && cp "$0" "$4/bin/python" ;;
  "-c import sys"*) cat "$(dirname "$VLMO_HOME")/about" ;;
  "-c import pip"*) test ! -e "$(dirname "$0")/../without-pip" ;;
esac
`;

interface Setup extends Outcome {
  readonly asked: string[];
  readonly home: string;
}

/** Calls before an environment is created or used. */
const isLook = (line: string): boolean => line.startsWith("-c ");

async function setup(...args: string[]): Promise<Setup> {
  return setupIn(mkdtempSync(join(tmpdir(), "vlmo-setup-")), ...args);
}

/** Runs in a folder with optional contents, and with the properties that Python reports. */
async function setupIn(folder: string, ...args: string[]): Promise<Setup> {
  if (!existsSync(join(folder, "about"))) writeFileSync(join(folder, "about"), "Python 3 12\n");
  const [python, home, log] = [join(folder, "python"), join(folder, "home"), join(folder, "asked")];
  writeFileSync(python, fakePython);
  chmodSync(python, 0o755);
  const [what = "", ...rest] = args;
  const outcome = await vlmo(["setup", what, "--python", python, ...rest], { environment: { VLMO_HOME: home } });
  const asked = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  return { ...outcome, home, asked: asked.filter((line) => !isLook(line)) };
}

describe.skipIf(process.platform === "win32")("vlmo setup", () => {
  it("creates a virtual environment and installs PyTorch into it, with the options after --", async () => {
    const { exit, stdout, stderr, asked, home } = await setup("torch", "--", "--retries", "0");
    expect(exit).toBe(0);
    expect(asked).toEqual([`-m venv --clear ${home}/torch`, "-m pip install --retries 0 torch"]);
    expect(stderr).toContain(`installing: ${home}/torch/bin/python -m pip install --retries 0 torch`);
    expect(stdout).toContain(`PyTorch is in ${home}/torch/bin/python`);
  });

  it("reports what failed, with a remedy", async () => {
    const { exit, stderr } = await setup("torch", "--", "--broken");
    expect(exit).toBe(1);
    expect(stderr).toContain("pip: nothing fits");
    expect(stderr).toMatch(/error\[V966\].*`.* -m pip install --broken torch` ended with exit code 3/);
    expect(stderr).toContain("help: see pip's output above");
  });

  it.each([
    ["", "is no Python 3"],
    ["Python 3 9", "is Python 3.9"],
    ["Python 3 12 ensurepip", "has no module `ensurepip`"],
  ])("reports an unsuitable Python: %s", async (about, words) => {
    const folder = mkdtempSync(join(tmpdir(), "vlmo-setup-"));
    writeFileSync(join(folder, "about"), about);
    const { exit, stderr, asked } = await setupIn(folder, "torch");
    expect(exit).toBe(1);
    expect(stderr).toMatch(/help: install Python 3\.10 or newer/);
    expect(stderr).toContain(words);
    expect(asked).toEqual([]);
  });

  it("recreates an unfinished environment, and leaves foreign folders alone", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vlmo-setup-"));
    await setupIn(folder, "torch");
    writeFileSync(join(folder, "home/torch/without-pip"), "");
    const { exit, asked } = await setupIn(folder, "torch");
    expect(exit).toBe(0);
    expect(asked.filter((line) => line.startsWith("-m venv --clear"))).toHaveLength(2);
    const mine = mkdtempSync(join(tmpdir(), "vlmo-setup-"));
    mkdirSync(join(mine, "home/torch"), { recursive: true });
    writeFileSync(join(mine, "home/torch/notes.txt"), "mine");
    expect((await setupIn(mine, "torch")).stderr).toMatch(/V977.*notes\.txt/);
    expect(readFileSync(join(mine, "home/torch/notes.txt"), "utf8")).toBe("mine");
  });

  it("reports a folder that cannot be created", async () => {
    const { exit, stderr } = await vlmo(["setup", "torch"], { environment: { VLMO_HOME: "/proc/nothing" } });
    expect(exit).toBe(1);
    expect(stderr).toMatch(/V923.*\/proc/);
  });

  it("reports a Python that does not start", async () => {
    const { exit, stderr } = await vlmo(["setup", "torch", "--python", "no-such-python"], {
      environment: { VLMO_HOME: join(tmpdir(), "vlmo-no-home") },
    });
    expect(exit).toBe(1);
    expect(stderr).toContain("`no-such-python` does not start: it does not exist");
    expect(stderr).toContain("name another with --python");
  });

  it("reports a wheel without the library that the binding needs", async () => {
    const { exit, stderr, asked } = await setup("tensorflow");
    expect(asked.slice(0, 2)).toEqual([
      expect.stringContaining("-m venv --clear"),
      "-m pip install --no-deps tensorflow-cpu",
    ]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/has no libtensorflow_cc\.so\.2/);
  });
});
