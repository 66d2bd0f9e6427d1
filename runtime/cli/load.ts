// Loads the files of the bundle with the code that V8 made of them when bundle.js had run a check: reading it takes a
// fraction of the time that compiling takes. Code of another Node, or of V8 under other flags, is left alone.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Script } from "node:vm";
import { crc32 } from "node:zlib";

type Require = (name: string) => unknown;
type Body = (exports: object, require: Require, path: string, folder: string) => void;

const folder = import.meta.dirname;
const requirePackage: Require = createRequire(import.meta.url);
const loaded = new Map<string, object>();

/** What was loaded of the bundle, by path. */
export const scripts = new Map<string, Script>();

/** What a file of the bundle exports (`./NAME`), or a package. Throws ENOENT where a build has replaced the bundle meanwhile. */
export function load(name: string): unknown {
  if (!name.startsWith("./")) return requirePackage(name);
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const path = join(folder, name);
  const script = compile(path);
  scripts.set(path, script);
  const exports = {};
  loaded.set(name, exports);
  // Boundary: `compile` makes it a function of these.
  const body = script.runInThisContext() as Body;
  try {
    body(exports, load, path, folder);
  } catch (error) {
    loaded.delete(name);
    throw error;
  }
  return exports;
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

/** Keeps beside each file what V8 has compiled of it so far. */
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
 * V8 itself looks at its version, its flags and the lengths. Damaged code ends the process all the same, and so does the
 * code of Node 20.20 in Node 20.19, which has the same version of V8: the sum is of the code and of the Node that made it.
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
