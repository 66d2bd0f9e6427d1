// `grammar/` and `compiler/` bundled for browsers: they check, plan and format without Node's globals.
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { createContext, runInContext } from "node:vm";
import { rolldown, type OutputChunk } from "rolldown";
import { expect, test } from "vitest";
import { checkSpec, planOf, planText } from "../../compiler/index.js";
import { createSource, formatSource, renderAll } from "../../grammar/index.js";

/** What a page would do; its source runs in the bundle, with the files in the variable `files`. */
const page = `
export { buildStep } from "./compiler/index.js";
import { checkSpec, planOf, planText } from "./compiler/index.js";
import { createSource, formatSource, renderAll, renderJson } from "./grammar/index.js";

const directory = (path) => path.slice(0, path.lastIndexOf("/") + 1);

export function check(entry) {
  const { spec, diagnostics } = checkSpec(entry, {
    read: (path) => files[path] ?? null,
    resolvePath: (from, to) => directory(from) + to.replace("./", ""),
  });
  return {
    plan: spec === null ? null : planText(planOf(spec)),
    text: renderAll(diagnostics),
    json: JSON.stringify(diagnostics.map(renderJson)),
  };
}

export const format = (entry) => formatSource(createSource(entry, files[entry])).text;
`;

async function bundled(): Promise<OutputChunk> {
  const bundle = await rolldown({
    input: "page",
    platform: "browser",
    checks: { eval: false },
    plugins: [
      {
        name: "page",
        resolveId: (id, importer) => {
          if (id === "page") return id;
          return importer === "page" ? posix.join(process.cwd(), id.replace(/\.js$/, ".ts")) : null;
        },
        load: (id) => (id === "page" ? page : null),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "iife", name: "vlmo" });
  expect(output).toHaveLength(1);
  return output[0];
}

const specs = ["specs/vlmo-large.vlmo", "specs/vlmo-base.vlmo", "specs/data.vlmo"];
const broken = "vlmo 1\n\nmodel Small {\n  layers: 12\n  widht: 64px\n}\n";
const files: Readonly<Record<string, string>> = {
  ...Object.fromEntries(specs.map((path) => [path, readFileSync(path, "utf8")])),
  "broken.vlmo": broken,
};

test("the bundle for browsers checks, plans and formats without Node's globals", { timeout: 120_000 }, async () => {
  const { code, imports, dynamicImports } = await bundled();
  expect([...imports, ...dynamicImports]).toEqual([]);
  // Browsers provide these besides the language; a context of `node:vm` has the language only.
  const world = createContext({ files, TextDecoder, TextEncoder });
  expect(runInContext("typeof process + typeof require + typeof Buffer + typeof setTimeout", world)).toBe(
    "undefined".repeat(4),
  );
  runInContext(code, world);
  const there = (call: string): unknown => JSON.parse(String(runInContext(`JSON.stringify(vlmo.${call})`, world)));

  const large = checkSpec("specs/vlmo-large.vlmo", {
    read: (path) => readFileSync(path, "utf8"),
    resolvePath: (from, to) => posix.join(posix.dirname(from), to),
  });
  expect(large.spec).not.toBeNull();
  const plan = large.spec === null ? "" : planText(planOf(large.spec));
  expect(there('check("specs/vlmo-large.vlmo")')).toEqual({ plan, text: "", json: "[]" });

  const { diagnostics } = checkSpec("broken.vlmo", { read: () => broken, resolvePath: (_, to) => to });
  expect(there('check("broken.vlmo")')).toMatchObject({ plan: null, text: renderAll(diagnostics) });
  expect(renderAll(diagnostics)).toContain("did you mean `width`?");

  const base = formatSource(createSource("specs/vlmo-base.vlmo", files["specs/vlmo-base.vlmo"] ?? "")).text;
  expect(there('format("specs/vlmo-base.vlmo")')).toBe(base);
});
