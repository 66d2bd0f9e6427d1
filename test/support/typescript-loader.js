// Lets a child process import the TypeScript sources: maps `.js` to `.ts` and strips types. Results are cached by content in
// the folder for temporary files, so that only the first child pays for it.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const kept = join(tmpdir(), "vlmo-test-sources");
mkdirSync(kept, { recursive: true });

export async function resolve(specifier, context, next) {
  if (!/^(\.|file:).*\.js$/.test(specifier)) return next(specifier, context);
  const url = new URL(specifier.replace(/\.js$/, ".ts"), context.parentURL);
  return existsSync(url) ? { url: url.href, shortCircuit: true } : next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const text = readFileSync(fileURLToPath(url), "utf8");
  const file = join(kept, `${createHash("sha256").update(text).digest("hex")}.js`);
  if (!existsSync(file)) await strip(text, file);
  return { format: "module", source: readFileSync(file, "utf8"), shortCircuit: true };
}

async function strip(text, file) {
  const { default: typescript } = await import("typescript");
  const compilerOptions = { module: typescript.ModuleKind.ESNext, target: typescript.ScriptTarget.ES2022 };
  const partial = `${file}.${process.pid}`;
  writeFileSync(partial, typescript.transpileModule(text, { compilerOptions }).outputText);
  renameSync(partial, file);
}
