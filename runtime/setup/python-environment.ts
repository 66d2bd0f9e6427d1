// A Python virtual environment for engines that need one.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { EngineName } from "../engines/backends.js";
import { systemReason } from "../errors/system-error.js";
import { VlmoError, vlmoError, withHelp } from "../errors/vlmo-error.js";
import { expectEmpty, makeFolder } from "../formats/make-folder.js";
import { environmentOf, pythonIn } from "../python.js";
import { runStep, type Tell } from "./steps.js";

/** The packages to install, and how. */
export interface Installation {
  readonly engine: EngineName;
  /** The library that the environment is for. */
  readonly library: "torch" | "tensorflow";
  /** The command of the Python that creates the environment. */
  readonly python: string;
  /** Arguments of `pip install`. */
  readonly packages: readonly string[];
  /** Further options of `pip install`. */
  readonly pip: readonly string[];
}

/**
 * Creates the environment where it is missing or incomplete, and installs into it; returns its Python. Rejects with V966, with
 * V923 where nothing can be written, with V977 where something else is in its place.
 */
export async function installed(installation: Installation, tell: Tell): Promise<string> {
  const { engine, library, packages, pip } = installation;
  const folder = environmentOf(library);
  const own = pythonIn(folder);
  await makeFolder(dirname(folder)).catch((error: unknown) => {
    throw error instanceof VlmoError
      ? withHelp(error, "name another folder in VLMO_HOME, or make this one writable")
      : error;
  });
  if ((await saidBy(own, "import pip")) === null) await make(folder, installation, tell);
  const step = {
    what: "installing",
    command: [own, "-m", "pip", "install", ...pip, ...packages],
    help: "see pip's output above; run it again to continue; options after -- are passed to it, as in -- --index-url URL",
  };
  await runStep(engine, step, tell);
  return own;
}

async function make(folder: string, { engine, python }: Installation, tell: Tell): Promise<void> {
  await expectPython(engine, python);
  // An incomplete environment, or one whose Python is gone, is created again; anything else there is kept.
  if (!existsSync(join(folder, "pyvenv.cfg"))) await expectEmpty(folder);
  const command = [python, "-m", "venv", "--clear", folder];
  await runStep(engine, { what: "making a virtual environment", command, help: whichPython }, tell);
}

const oldest = { major: 3, minor: 10 };
const whichPython = `install Python ${oldest.major}.${oldest.minor} or newer with its module venv (on Debian: apt-get install python3-venv), or name another with --python`;

/** Prints the version, and those modules needed for creating an environment that are missing. */
const about =
  "import sys; from importlib.util import find_spec; print('Python', *sys.version_info[:2], *[m for m in ('venv', 'ensurepip') if find_spec(m) is None])";

async function expectPython(engine: EngineName, python: string): Promise<void> {
  const unusable = (reason: string, cause?: unknown): Error =>
    vlmoError("V966", { engine, reason: `\`${python}\` ${reason}` }, { help: whichPython, cause });
  const said = await saidBy(python, about, (cause) => unusable(`does not start: ${systemReason(cause)}`, cause));
  const [, major, minor, lacks = ""] = /^Python (\d+) (\d+)(?: (\w+))?/.exec(said ?? "") ?? [];
  if (major === undefined || minor === undefined) throw unusable("is no Python 3");
  if (Number(major) < oldest.major || (Number(major) === oldest.major && Number(minor) < oldest.minor))
    throw unusable(`is Python ${major}.${minor}`);
  if (lacks !== "") throw unusable(`has no module \`${lacks}\``);
}

/** The output of a line of Python; null where it fails, or where the program does not start and that is no error. */
async function saidBy(python: string, line: string, failing?: (cause: unknown) => Error): Promise<string | null> {
  try {
    return (await promisify(execFile)(python, ["-c", line])).stdout;
  } catch (cause) {
    // A program that ran and failed has a numeric code.
    const didStart = cause instanceof Error && "code" in cause && typeof cause.code === "number";
    if (didStart || failing === undefined) return null;
    throw failing(cause);
  }
}
