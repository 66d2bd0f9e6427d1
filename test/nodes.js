// `npm run test:nodes`: the whole suite on every supported Node version in sequence. npm's package `node` provides the
// binaries; a version that npm cannot provide is reported and counts as failed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const NODES = ["20.19", "22", "24"];

const folder = mkdtempSync(join(tmpdir(), "vlmo-nodes-"));
const outcomes = NODES.map((wanted) => {
  const home = join(folder, wanted);
  const brought = spawnSync("npm", ["install", "--no-save", "--prefix", home, `node@${wanted}`], { encoding: "utf8" });
  const bin = join(home, "node_modules", "node", "bin");
  const found = spawnSync(join(bin, "node"), ["--version"], { encoding: "utf8" });
  if (found.status !== 0) return [wanted, `npm cannot bring it: ${brought.stderr.trim()}`];
  const version = found.stdout.trim();
  console.log(`── Node ${version}`);
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
  const { status } = spawnSync("npm", ["test"], { stdio: "inherit", env });
  return [version, status === 0 ? "passed" : "failed"];
});
rmSync(folder, { recursive: true });

for (const [version, outcome] of outcomes) console.log(`Node ${version}: ${outcome}`);
process.exitCode = outcomes.every(([, outcome]) => outcome === "passed") ? 0 : 1;
