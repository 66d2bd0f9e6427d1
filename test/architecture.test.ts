// The layers of docs/architecture.md, enforced: the direction of imports, the folders that packages are confined to, and
// no clock or random numbers below the runtime.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { expect, it } from "vitest";

/** Each layer may import those before it. */
const layers = ["grammar", "compiler", "editor", "view", "runtime", "editor/vscode", "playground"] as const;

/** Packages that only these folders may import; `*` at the end of a name matches any suffix. */
const confined: Readonly<Record<string, readonly string[]>> = {
  chevrotain: ["grammar/"],
  zod: ["compiler/", "runtime/"],
  sharp: ["runtime/"],
  "onnxruntime-*": ["runtime/engines/ort/"],
  koffi: ["runtime/engines/ort/", "runtime/engines/torch/"],
  "@tensorflow/*": ["runtime/engines/tfjs/"],
  "protobufjs*": ["compiler/targets/onnx/"],
  "@huggingface/*": ["runtime/data/"],
  "yauzl*": ["runtime/formats/"],
  "hyparquet*": ["runtime/formats/"],
  "commander*": ["runtime/cli/"],
  "cli-progress*": ["runtime/cli/"],
  "picocolors*": ["runtime/cli/"],
  "echarts*": ["runtime/report/"],
  vscode: ["editor/vscode/"],
  "vscode-languageclient": ["editor/vscode/"],
  "vscode-languageserver": ["editor/connection.ts"],
  "vscode-languageserver-textdocument": ["editor/connection.ts"],
  "vscode-languageserver-types": ["editor/", "playground/"],
  "@codemirror/*": ["playground/page/"],
  "@lezer/*": ["playground/page/"],
  "node:*": ["editor/connection.ts", "editor/vscode/", "runtime/"],
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly kind: "type" | "value" | "lazy";
}

const statement =
  /^(?:import|export) (type )?[^;"]*\bfrom "([\w@.:/-]+)";$|\bimport\("([\w@.:/-]+)"\)|^import "([\w@.:/-]+)";$/gm;

const files = [...new Set(layers.flatMap((layer) => sourcesIn(layer)))];
const imports = files.flatMap(importsOf);

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(path);
    return path.endsWith(".ts") ? [path] : [];
  });
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(statement)].map(([, type, from, dynamic, effect]) => {
    const specifier = from ?? dynamic ?? effect ?? "";
    const target = specifier.startsWith(".") ? join(dirname(file), specifier).replace(/\.js$/, ".ts") : specifier;
    return { file, target, kind: type !== undefined ? "type" : dynamic !== undefined ? "lazy" : "value" };
  });
}

function layerOf(path: string): number {
  return layers.findLastIndex((layer) => path.startsWith(`${layer}/`));
}

it("finds the sources and their imports", () => {
  expect(files.length).toBeGreaterThan(150);
  expect(imports.length).toBeGreaterThan(600);
});

it("imports only downwards: grammar ← compiler ← editor ← view ← runtime ← editor/vscode, playground", () => {
  const upward = imports.filter(({ file, target }) => layerOf(target) > layerOf(file));
  expect(upward).toEqual([]);
});

/** Files through which one layer may enter another. */
const doors: readonly string[] = [
  ...layers.map((layer) => `${layer}/index.ts`),
  "compiler/front-end.ts",
  "editor/connection.ts",
  "runtime/specs/serve-editor.ts",
  "runtime/in-page.ts",
];

it("enters another layer only through its entry files", () => {
  const sideways = imports.filter(
    ({ file, target }) => layerOf(target) >= 0 && layerOf(target) < layerOf(file) && !doors.includes(target),
  );
  expect(sideways).toEqual([]);
});

it("loads no passes and no targets through compiler/front-end.ts", () => {
  const reached = new Set(["compiler/front-end.ts"]);
  for (const each of reached)
    for (const { file, target } of imports) if (file === each && layerOf(target) >= 0) reached.add(target);
  expect(reached).toContain("compiler/check/stage/stage.ts");
  expect([...reached].filter((file) => /^compiler\/(build\/build|passes|targets)\b/.test(file))).toEqual([]);
});

/** Files that import each other in a cycle: none of them can be understood before the others. */
function cycles(kinds: readonly Import["kind"][]): string[] {
  const next = new Map(files.map((file) => [file, new Set<string>()]));
  for (const { file, target, kind } of imports) if (kinds.includes(kind)) next.get(file)?.add(target);
  const reached = new Map(
    files.map((file) => {
      const found = new Set(next.get(file));
      for (const each of found) for (const further of next.get(each) ?? []) found.add(further);
      return [file, found];
    }),
  );
  const reaches = (from: string, to: string): boolean => reached.get(from)?.has(to) === true;
  const inCircle = files.filter((file) => reaches(file, file));
  return [
    ...new Set(
      inCircle.map((file) => inCircle.filter((other) => reaches(file, other) && reaches(other, file)).join(" ↔ ")),
    ),
  ];
}

it("has no import cycles, neither of values nor of types", () => {
  expect(cycles(["value", "type"])).toEqual([]);
});

it("keeps the language server independent of the runtime: it reads specifications through compiler/front-end.ts", () => {
  const editor = imports.filter(
    ({ file, target }) => layerOf(file) === layers.indexOf("editor") && layerOf(target) >= 0,
  );
  const inward = editor.filter(({ target }) => !target.startsWith("editor/")).map(({ target }) => target);
  expect([...new Set(inward)].sort()).toEqual(["compiler/front-end.ts", "grammar/index.ts"]);
  const starters = imports.filter(({ file, target }) => target.startsWith("editor/") && file.startsWith("runtime/"));
  expect(starters).toEqual([{ file: "runtime/specs/serve-editor.ts", target: "editor/connection.ts", kind: "value" }]);
});

it("keeps pages and pictures independent of the editor, of passes and of targets", () => {
  const inward = imports.filter(({ file, target }) => file.startsWith("view/") && !target.startsWith("view/"));
  expect(inward.filter(({ target }) => !["compiler/front-end.ts", "grammar/index.ts"].includes(target))).toEqual([]);
});

it("lets the playground enter the runtime through runtime/in-page.ts only, and only in its workers", () => {
  const inward = imports.filter(({ file, target }) => file.startsWith("playground/") && target.startsWith("runtime/"));
  expect([...new Set(inward.map(({ target }) => target))]).toEqual(["runtime/in-page.ts"]);
  const page = imports.filter(({ file, target }) => file.startsWith("playground/page/") && layerOf(target) >= 0);
  const loaded = page.filter(({ target, kind }) => kind !== "type" && !target.startsWith("playground/"));
  expect([...new Set(loaded.map(({ target }) => target))]).toEqual(["view/index.ts"]);
});

it("lets nothing else import the command line", () => {
  expect(
    imports.filter(({ file, target }) => target.startsWith("runtime/cli/") && !file.startsWith("runtime/cli/")),
  ).toEqual([]);
});

it("imports packages only in the folders they are confined to", () => {
  const strays = imports.filter(({ file, target }) =>
    Object.entries(confined).some(([name, folders]) => {
      const matches = name.endsWith("*")
        ? target.startsWith(name.slice(0, -1))
        : target === name || target.startsWith(`${name}/`);
      return matches && !folders.some((folder) => file.startsWith(folder));
    }),
  );
  expect(strays).toEqual([]);
});

it("declares every package it imports", () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const declared = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  // The extension and the playground are bundled: users of the package do not install their dependencies.
  const shipped = imports.filter(({ file }) => !/^(editor\/vscode|playground)\//.test(file));
  const used = new Set(
    shipped.map(({ target }) => target).filter((target) => layerOf(target) < 0 && !target.startsWith("node:")),
  );
  const packages = [...used].map((target) =>
    target
      .split("/")
      .slice(0, target.startsWith("@") ? 2 : 1)
      .join("/"),
  );
  expect(packages.filter((name) => !declared.includes(name))).toEqual([]);
});

it("uses no clock and no random numbers below the runtime", () => {
  const impure = files.filter(
    (file) =>
      layerOf(file) < layers.indexOf("runtime") &&
      file !== "editor/connection.ts" &&
      /\b(Math\.random|Date\.now|new Date|performance\.now|process\.)/.test(readFileSync(file, "utf8")),
  );
  expect(impure).toEqual([]);
});
