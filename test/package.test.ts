// The package as users get it: packed, installed into an empty folder without a network as docs/guides/library.md says, and
// used there. Part of `npm run test:long`. Installs from npm's cache as filled by `npm ci`; tests that need it are skipped with
// a reason if the cache is empty.
import { execFile, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
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
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { installOffline, withScripts } from "./support/offline-install.js";
import { furnish, libraryExamples } from "./support/library-examples.js";
import { projectRoot } from "./support/library-run.js";
import { isLong } from "./support/long.js";

/** Upper bound of the packed file in bytes, so that nothing is shipped unnoticed. */
const LARGEST = 2.75 * 2 ** 20;

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
  /** What is missing from npm's cache. */
  let lacks: string | null = null;
  beforeAll(async () => {
    work = mkdtempSync(join(tmpdir(), "vlmo-package-"));
    const copy = join(work, "project");
    for (const folder of folders) cpSync(join(projectRoot, folder), join(copy, folder), { recursive: true });
    for (const file of files) copyFileSync(join(projectRoot, file), join(copy, file));
    symlinkSync(realpathSync(join(projectRoot, "node_modules")), join(copy, "node_modules"));
    // A leftover of an earlier build.
    mkdirSync(join(copy, "dist"));
    writeFileSync(join(copy, "dist/stray.js"), "");
    // Runs our `prepack` even if scripts of packages are disabled.
    const pack = ["pack", "--ignore-scripts=false", "--pack-destination", work];
    const { status, stderr } = spawnSync("npm", pack, { cwd: copy, encoding: "utf8" });
    expect([status, status === 0 ? "" : stderr]).toEqual([0, ""]);
    const { version } = JSON.parse(readFileSync(join(copy, "package.json"), "utf8"));
    packed = join(work, `vlmo-${version}.tgz`);
    home = join(work, "home");
    mkdirSync(home);
    lacks = installOffline(packed, home);
    if (lacks !== null) console.log(`skipped: the installed package (npm's cache lacks ${lacks}: run npm ci)`);
    await furnish(home);
  }, 900_000);
  afterAll(() => rmSync(work, { recursive: true }));

  const vlmo = (...args: string[]) =>
    promisify(execFile)(process.execPath, ["node_modules/.bin/vlmo", ...args], { cwd: home });

  test("contains only the files it uses, and is small", () => {
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

  describe("installed", () => {
    beforeEach(({ skip }) => skip(lacks !== null, `npm's cache lacks ${lacks ?? ""}`));

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

    test("runs the examples of the library, and its types check without skipLibCheck", async () => {
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

    // An installation with scripts runs these two. That of onnxruntime-node downloads CUDA libraries, which we do not use,
    // unless configured not to; that of koffi tries the library shipped with it.
    test.runIf(spawnSync("strace", ["-V"]).status === 0)(
      "has two dependencies with scripts, and neither accesses the network if installed as in docs/guides/library.md",
      () => {
        const scripted = withScripts();
        expect(scripted).toEqual(["koffi", "onnxruntime-node"]);
        const log = join(work, "trace");
        const tracer = ["-f", "-qq", "-e", "trace=%network", "-o", log];
        const rebuild = ["npm", "rebuild", "--offline", "--ignore-scripts=false", "--foreground-scripts", ...scripted];
        const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
        const { status, stdout } = spawnSync("strace", [...tracer, ...rebuild], { cwd: home, encoding: "utf8", env });
        expect([status, stdout]).toEqual([0, expect.stringMatching(/node .\/cnoke.cjs[^]*node .\/script\/install/)]);
        // npm itself queries the machine's addresses from the kernel, by AF_NETLINK.
        expect(readFileSync(log, "utf8")).not.toMatch(/^\d+ +(socket|connect|sendto|sendmsg)\(.*AF_INET/m);
      },
    );
  });
});

/** Type packages among the project's devDependencies. */
function link(name: string, folder: string): void {
  const place = join(folder, "node_modules", name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(realpathSync(join(projectRoot, "node_modules", name)), place);
}
