// The Python that engines use beside Node, and the virtual environments that `vlmo setup` makes for them.
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** A variable of the environment; an empty one counts as unset. */
function variable(name: string): string | undefined {
  const text = process.env[name];
  return text === "" ? undefined : text;
}

/** Where `vlmo setup` installs: VLMO_HOME, else `.vlmo` in the user's own folder. */
function setupFolder(): string {
  return variable("VLMO_HOME") ?? join(homedir(), ".vlmo");
}

/** The Python of the virtual environment in `folder`, whether or not it exists. */
export function pythonIn(folder: string): string {
  return process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
}

/** The virtual environment that `vlmo setup` makes for one library, whether or not it exists. */
export function environmentOf(library: "torch" | "tensorflow"): string {
  return join(setupFolder(), library);
}

/** The cache of PyTorch's compiler between runs: TORCHINDUCTOR_CACHE_DIR, else a folder beside the environments. */
export function compiledFolder(): string {
  return variable("TORCHINDUCTOR_CACHE_DIR") ?? join(setupFolder(), "compiled");
}

/** The command of the Python for the engine torch: VLMO_PYTHON, else the one from `vlmo setup torch`, else `python3`. */
export function pythonCommand(): string {
  return variable("VLMO_PYTHON") ?? (hasTorch() ? pythonIn(environmentOf("torch")) : "python3");
}

/** Whether `vlmo setup torch` was completed: without PyTorch in its environment another Python may have it. */
function hasTorch(): boolean {
  const folder = environmentOf("torch");
  if (!existsSync(pythonIn(folder))) return false;
  const libraries = process.platform === "win32" ? [join(folder, "Lib")] : foldersIn(join(folder, "lib"));
  return libraries.some((library) => existsSync(join(library, "site-packages", "torch", "__init__.py")));
}

function foldersIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
}
