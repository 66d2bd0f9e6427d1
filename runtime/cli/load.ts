// Loads the files of the bundle with the code cache that V8 made when bundle.js ran a check: reading it takes a fraction of the
// time of compiling. A cache of another Node, or of V8 under other flags, is ignored.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

type Require = (name: string) => unknown;
type Body = (exports: object, require: Require, path: string, folder: string) => void;

const folder = import.meta.dirname;
const requirePackage = createRequire(import.meta.url);
const loaded = new Map<string, object>();

/** The loaded scripts of the bundle, by path. */
export const scripts = new Map<string, Script>();

/** The exports of a file of the bundle (`./NAME`), or of a package. Throws ENOENT if a build has replaced the bundle meanwhile. */
export function load(name: string): unknown {
  if (!name.startsWith("./")) return requirePackage(name);
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const path = join(folder, name);
  const script = compile(path);
  scripts.set(path, script);
  const exports = {};
  loaded.set(name, exports);
  // Boundary: `compile` wraps it in a function of these parameters.
  const body = script.runInThisContext() as Body;
  try {
    body(exports, load, path, folder);
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
  return exports;
}

/** Whether a package with a native addon was loaded. */
export function hasNativeAddon(): boolean {
  return Object.keys(requirePackage.cache).some((path) => path.endsWith(".node"));
}

function compile(path: string): Script {
  const source = `(function (exports, require, __filename, __dirname) {${readFileSync(path, "utf8")}\n})`;
  const cachedData = codeOf(path);
  return new Script(source, { filename: path, ...(cachedData !== null && { cachedData }) });
}

function codeOf(path: string): Buffer | null {
  try {
    const kept = readFileSync(codePath(path));
    const code = kept.subarray(0, -sumBytes);
    return kept.readUInt32LE(code.length) === sumOf(code) ? code : null;
  } catch {
    return null;
  }
}

/** Writes beside each file the code that V8 has compiled of it so far. */
export function keepCode(): void {
  for (const [path, script] of scripts) {
    const code = script.createCachedData();
    const sum = Buffer.alloc(sumBytes);
    sum.writeUInt32LE(sumOf(code));
    writeFileSync(codePath(path), Buffer.concat([code, sum]));
  }
}

const sumBytes = 4;
let sumOfNode: number | undefined;

/**
 * V8 itself checks its version, its flags and the source lengths. Damaged code still crashes the process, and so does the code
 * of Node 20.20 in Node 20.19, which has the same version of V8: the sum is over the code and the Node that made it.
 */
function sumOf(code: Buffer): number {
  if (sumOfNode === undefined) {
    const { size, mtimeMs } = statSync(process.execPath);
    sumOfNode = crc32([process.version, process.arch, size, mtimeMs].join(" "));
  }
  return crc32(code, sumOfNode);
}

function codePath(path: string): string {
  return `${path}.code`;
}
