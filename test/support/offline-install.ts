// Installs a packed file of this project by npm from its cache only, with the versions of our lock file, so that no registry
// is queried.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./library-run.js";

interface Locked {
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

type Packages = Readonly<Record<string, Locked>>;

/** The dependencies of the package: entries of the lock file that are not for development only. */
function brought(): Packages {
  const { packages } = JSON.parse(readFileSync(join(projectRoot, "package-lock.json"), "utf8")) as {
    packages: Packages;
  };
  return Object.fromEntries(Object.entries(packages).filter(([name, { dev }]) => name !== "" && dev !== true));
}

/** Those of the dependencies that run a script at installation. */
export function withScripts(): string[] {
  const own = Object.entries(brought()).filter(([, { hasInstallScript }]) => hasInstallScript === true);
  return own.map(([name]) => name.replace(/^.*node_modules\//, ""));
}

/** Installs `file` into `folder`; gives what npm's cache lacks, or null if everything is installed. */
export function installOffline(file: string, folder: string): string | null {
  const manifest = { name: "home", type: "module", private: true, dependencies: { vlmo: `file:${file}` } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  const { dependencies, peerDependencies, peerDependenciesMeta, bin, version } = JSON.parse(
    readFileSync(join(projectRoot, "package.json"), "utf8"),
  );
  const integrity = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  const own = {
    version,
    resolved: `file:${file}`,
    integrity,
    bin,
    dependencies,
    peerDependencies,
    peerDependenciesMeta,
  };
  const packages = { "": manifest, "node_modules/vlmo": own, ...brought() };
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ name: "home", lockfileVersion: 3, packages }));
  const args = ["ci", "--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  if (status === 0) return null;
  // Any other failure is a fault of the package.
  if (!stderr.includes("ENOTCACHED")) throw new Error(stderr);
  return /ENOTCACHED.*request to (\S+)/s.exec(stderr)?.[1] ?? stderr;
}
