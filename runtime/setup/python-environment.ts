// A virtual environment of Python for the engines that need one.
import { existsSync } from "node:fs";
import type { EngineName } from "../engines/backends.js";
import { environmentOf, pythonIn } from "../python.js";
import { runStep, type Tell } from "./steps.js";

/** What is to be installed, and how. */
export interface Installation {
  readonly engine: EngineName;
  /** Whose environment it is. */
  readonly library: "torch" | "tensorflow";
  /** What starts the Python that the environment is made with. */
  readonly python: string;
  /** As `pip install` takes them. */
  readonly packages: readonly string[];
  /** Further options of `pip install`. */
  readonly pip: readonly string[];
}

/** Makes the environment where it is not there, and installs into it; returns its Python. Rejects with V966. */
export async function installed({ engine, library, python, packages, pip }: Installation, tell: Tell): Promise<string> {
  const folder = environmentOf(library);
  const own = pythonIn(folder);
  if (!existsSync(own)) {
    await runStep(
      engine,
      {
        what: "making a virtual environment",
        command: [python, "-m", "venv", folder],
        help: "install Python 3.10 or newer with its module venv (on Debian: apt-get install python3-venv), or name another with --python",
      },
      tell,
    );
  }
  await runStep(
    engine,
    {
      what: "installing",
      command: [own, "-m", "pip", "install", ...pip, ...packages],
      help: "see what pip says above; options behind -- are handed to it, as in -- --index-url URL",
    },
    tell,
  );
  return own;
}
