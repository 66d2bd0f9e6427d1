// Makes a TypeScript file and all it imports runnable by plain Node, for tests that start child processes.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const repository = fileURLToPath(new URL("../../..", import.meta.url));

/** Writes the JavaScript of `entry` (from the repository's root) and its imports under `folder`; returns the entry's. */
export function transpile(entry: string, folder: string): string {
  const waiting = [resolve(repository, entry)];
  const seen = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const source = readFileSync(file, "utf8");
    const module = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true };
    const { outputText } = ts.transpileModule(source, { compilerOptions: module });
    const target = placeOf(file, folder);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
    for (const [, path = ""] of outputText.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g)) {
      const imported = `${resolve(dirname(file), path)}.ts`;
      if (seen.has(imported) || !existsSync(imported)) continue;
      seen.add(imported);
      waiting.push(imported);
    }
  }
  return placeOf(resolve(repository, entry), folder);
}

function placeOf(file: string, folder: string): string {
  return join(folder, relative(repository, file).replace(/\.ts$/, ".js"));
}
