// The package as a stranger gets it: packed, installed in an empty folder without a network, used there. In the long run.
import { execFile, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { libraryExamples } from "./support/library-examples.js";
import { projectRoot } from "./support/library-run.js";
import { isLong } from "./support/long.js";
import { smallQuickstart } from "./support/small-quickstart.js";

/** Bytes of the packed file at most: what is shipped is known. */
const LARGEST = 2.5 * 2 ** 20;

const files = [
  "bundle.js",
  "package.json",
  "tsconfig.json",
  "tsconfig.build.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
];
const folders = ["grammar", "compiler", "runtime", "editor", "view", "docs", "specs"];

describe.runIf(isLong)("the package", { timeout: 300_000 }, () => {
  let work = "";
  let packed = "";
  let home = "";
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "vlmo-package-"));
    const copy = join(work, "project");
    for (const folder of folders) cpSync(join(projectRoot, folder), join(copy, folder), { recursive: true });
    for (const file of files) copyFileSync(join(projectRoot, file), join(copy, file));
    symlinkSync(realpathSync(join(projectRoot, "node_modules")), join(copy, "node_modules"));
    // Left by an earlier build.
    mkdirSync(join(copy, "dist"));
    writeFileSync(join(copy, "dist/stray.js"), "");
    // Our own `prepack`, also where scripts of packages are not run.
    const pack = ["pack", "--ignore-scripts=false", "--pack-destination", work];
    const { status, stderr } = spawnSync("npm", pack, { cwd: copy, encoding: "utf8" });
    expect([status, status === 0 ? "" : stderr]).toEqual([0, ""]);
    const { version } = JSON.parse(readFileSync(join(copy, "package.json"), "utf8"));
    packed = join(work, `vlmo-${version}.tgz`);
    home = join(work, "home");
    mkdirSync(home);
    install(packed, home);
    mkdirSync(join(home, "specs"));
    writeFileSync(join(home, "specs/quickstart.vlmo"), smallQuickstart());
    const create = { width: 60, height: 40, channels: 3, background: "#c03020" } as const;
    await sharp({ create }).toFile(join(home, "photo.png"));
  }, 300_000);
  afterAll(() => rmSync(work, { recursive: true }));

  const vlmo = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["node_modules/.bin/vlmo", ...args], { cwd: home });

  test("brings what is used and nothing else, and is small", () => {
    const { stdout } = spawnSync("tar", ["tzf", packed], { encoding: "utf8", maxBuffer: 2 ** 24 });
    const names = stdout
      .trimEnd()
      .split("\n")
      .map((name) => name.replace(/^package\//, ""));
    const kinds = new Set(names.map((name) => name.split("/")[0]));
    expect([...kinds].toSorted()).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist",
      "docs",
      "package.json",
      "specs",
    ]);
    expect(
      names.filter((name) => /^dist\/stray|\.test\.|\.map$|\.code$|tsbuildinfo|(^|\/)shared\//.test(name)),
    ).toEqual([]);
    expect(statSync(packed).size).toBeLessThan(LARGEST);
  });

  test.each([
    { args: ["check", "specs/quickstart.vlmo"], says: /no mistakes found/ },
    { args: ["check", "node_modules/vlmo/specs/vlmo-base.vlmo"], says: /no mistakes found/ },
    { args: ["plan", "specs/quickstart.vlmo"], says: /model Small: 2 layers/ },
    { args: ["rehearse", "specs/quickstart.vlmo"], says: /1 specification rehearsed/ },
    { args: ["train", "specs/quickstart.vlmo", "--out", "runs/cli", "--quiet"], says: /Results are in runs\/cli/ },
    {
      args: ["predict", "runs/cli", "photo.png", "--text", "there is a red circle"],
      says: /photo\.png.*\n.*% +(true|false)\n/,
    },
    { args: ["runs"], says: /\ncli +quickstart +finished/ },
  ])("runs vlmo $args", async ({ args, says }) => {
    expect((await vlmo(...args)).stdout).toMatch(says);
  });

  test("runs the examples of the library, and its types hold without skipLibCheck", async () => {
    writeFileSync(join(home, "package.json"), '{ "type": "module" }');
    const examples = libraryExamples();
    examples.forEach((text, i) => writeFileSync(join(home, `example${i}.ts`), text));
    writeFileSync(
      join(home, "wrong.ts"),
      'import { train } from "vlmo";\n// @ts-expect-error: a number is no specification.\ntrain(1);\n',
    );
    const compilerOptions = {
      ...{ target: "ES2022", module: "NodeNext", lib: ["ES2023"], types: ["node"] },
      ...{ strict: true, skipLibCheck: false, outDir: "built" },
    };
    writeFileSync(join(home, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    link("@types/node", home);
    const tsc = join(projectRoot, "node_modules/typescript/bin/tsc");
    const checked = spawnSync(process.execPath, [tsc, "-p", "."], { cwd: home, encoding: "utf8" });
    expect([checked.stdout, checked.status]).toEqual(["", 0]);
    for (const i of examples.keys()) {
      const { stderr } = await promisify(execFile)(process.execPath, [`built/example${i}.js`], { cwd: home });
      expect(stderr).toBe("");
    }
  });
});

/** As npm does it from its cache; where that lacks something, the package unpacked, and of its dependencies those it names. */
function install(file: string, folder: string): void {
  const options = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts"];
  const { status, stderr } = spawnSync("npm", ["install", ...options, file], { cwd: folder, encoding: "utf8" });
  if (status === 0) return;
  expect(stderr).toContain("ENOTCACHED");
  console.log(
    "npm's cache lacks dependencies of the package: those that it names are linked from this project instead",
  );
  rmSync(join(folder, "node_modules"), { recursive: true, force: true });
  const place = join(folder, "node_modules/vlmo");
  mkdirSync(place, { recursive: true });
  expect(spawnSync("tar", ["xzf", file, "-C", place, "--strip-components=1"]).status).toBe(0);
  const { dependencies, bin } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) link(name, folder);
  mkdirSync(join(folder, "node_modules/.bin"));
  symlinkSync(join(place, bin.vlmo), join(folder, "node_modules/.bin/vlmo"));
}

function link(name: string, folder: string): void {
  const place = join(folder, "node_modules", name);
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(realpathSync(join(projectRoot, "node_modules", name)), place);
}
