// Which `vlmo` is run: the one in the setting, else the one installed in the folder, else the one on PATH.
import { posix, win32 } from "node:path";

/** A program with the arguments that precede those of a command. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** The environment of the search. */
export interface Surroundings {
  /** The open folders, without untrusted ones. */
  readonly folders: readonly string[];
  readonly searchPath: string;
  readonly isWindows: boolean;
  readonly exists: (path: string) => boolean;
}

/** The path of the command line inside a folder that installed the package. */
const bundle = ["node_modules", "vlmo", "dist", "bundle", "main.js"];

/** The program used without a setting; null where there is none. */
export function installedProgram(around: Surroundings): Program | null {
  const { folders, isWindows, exists } = around;
  const { join } = pathsOf(around);
  const script = folders.map((folder) => join(folder, ...bundle)).find(exists);
  if (script !== undefined) return byNode(script);
  // npm's launcher there is a cmd script, which parses arguments differently.
  return isWindows ? namedProgram(join(...bundle), around) : namedProgram("vlmo", around);
}

/**
 * The program that a setting names: a file, relative to the first folder unless absolute, or a program on PATH. Null where it
 * does not exist.
 */
export function namedProgram(name: string, around: Surroundings): Program | null {
  const { folders, searchPath, exists } = around;
  const { join, isAbsolute, delimiter } = pathsOf(around);
  const places = [...folders.slice(0, 1), ...searchPath.split(delimiter)].filter((place) => place !== "");
  const found = isAbsolute(name) ? [name] : places.map((place) => join(place, name));
  const path = found.find(exists);
  if (path === undefined) return null;
  return /\.[cm]?js$/.test(path) ? byNode(path) : { command: path, args: [] };
}

function pathsOf({ isWindows }: Surroundings): typeof posix {
  return isWindows ? win32 : posix;
}

function byNode(script: string): Program {
  return { command: "node", args: [script] };
}
