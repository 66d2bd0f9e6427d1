// Which `vlmo` is run: the one that the setting names, that of the folder, that of the search path.
import { posix, win32 } from "node:path";

/** A program with what stands before a command's own arguments. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** What the search goes by. */
export interface Surroundings {
  /** Folders that are open; those that are not trusted are none. */
  readonly folders: readonly string[];
  readonly searchPath: string;
  readonly isWindows: boolean;
  readonly exists: (path: string) => boolean;
}

/** Where a package has the command line. */
const bundle = ["node_modules", "vlmo", "dist", "bundle", "main.js"];

/** The program that nobody named; null where there is none. */
export function installedProgram(around: Surroundings): Program | null {
  const { folders, isWindows, exists } = around;
  const { join } = pathsOf(around);
  const script = folders.map((folder) => join(folder, ...bundle)).find(exists);
  if (script !== undefined) return byNode(script);
  // npm's own starter there is a script of cmd, which reads arguments in its own way.
  return isWindows ? namedProgram(join(...bundle), around) : namedProgram("vlmo", around);
}

/**
 * What a setting names: a file, from the first folder where it is no whole path, or a program of the search path. Null where there
 * is no such.
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
