// `vlmo setup tensorflow`: binds tfjs-node to a current TensorFlow. The package itself would download one of 2022; pip's
// wheels hold the same C library, so its binding is compiled against those.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { vlmoError } from "../errors/vlmo-error.js";
import { installed, type Installation } from "./python-environment.js";
import { runStep, type Tell } from "./steps.js";

/** Options that select the TensorFlow to install, and the package bound to it. */
export interface TensorflowSetup extends Pick<Installation, "python" | "pip"> {
  readonly gpu: boolean;
}

interface Flavour {
  readonly binding: string;
  readonly packages: readonly string[];
}

/** The C library of the CPU needs none of the wheel's dependencies; that of the GPU needs CUDA's libraries. */
const flavours: Readonly<Record<"cpu" | "gpu", Flavour>> = {
  cpu: { binding: "@tensorflow/tfjs-node", packages: ["--no-deps", "tensorflow-cpu"] },
  gpu: { binding: "@tensorflow/tfjs-node-gpu", packages: ["tensorflow[and-cuda]"] },
};

/** The wheel's library by the name that tfjs-node links to. */
const libraries = {
  tensorflow: "libtensorflow_cc.so.2",
  tensorflow_framework: "libtensorflow_framework.so.2",
} as const;

/** Installs TensorFlow and compiles the binding; returns the binding's file. Rejects with V966. */
export async function setupTensorflow({ gpu, ...how }: TensorflowSetup, tell: Tell): Promise<string> {
  if (process.platform !== "linux") throw unusable("vlmo binds it to TensorFlow on Linux only", "use another backend");
  const { binding, packages } = flavours[gpu ? "gpu" : "cpu"];
  const manifest = manifestOf(binding);
  const python = await installed({ ...how, engine: "tfjs", library: "tensorflow", packages }, tell);
  await link(dirname(manifest), await wheelOf(python));
  return compile(manifest, tell);
}

function manifestOf(binding: string): string {
  try {
    return createRequire(import.meta.url).resolve(`${binding}/package.json`);
  } catch (cause) {
    throw unusable(`${binding} is not installed`, `run npm install ${binding}, then this again`, cause);
  }
}

/** The folder of the installed wheel. */
async function wheelOf(python: string): Promise<string> {
  const { stdout } = await promisify(execFile)(python, [
    "-c",
    "import sysconfig; print(sysconfig.get_path('platlib'))",
  ]);
  const wheel = join(stdout.trim(), "tensorflow");
  const missing = Object.values(libraries).find((file) => !existsSync(join(wheel, file)));
  if (missing === undefined) return wheel;
  throw unusable(`${wheel} has no ${missing}`, "take a TensorFlow of 2.16 or newer: -- --upgrade");
}

/** Links the wheel's libraries and headers to where the binding looks for them. */
async function link(folder: string, wheel: string): Promise<void> {
  const deps = join(folder, "deps");
  await rm(deps, { recursive: true, force: true });
  await mkdir(join(deps, "lib"), { recursive: true });
  await symlink(join(wheel, "include"), join(deps, "include"));
  for (const [name, file] of Object.entries(libraries)) {
    await symlink(join(wheel, file), join(deps, "lib", file));
    await symlink(file, join(deps, "lib", `lib${name}.so`));
  }
}

/** Compiles it with npm's own node-gyp, against the headers installed beside Node if present. */
async function compile(manifest: string, tell: Tell): Promise<string> {
  const folder = dirname(manifest);
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, "include/node/node_api.h")) ? [`--nodedir=${prefix}`] : [];
  const target = bindingFileOf(manifest);
  // node-pre-gyp's variables; the result is copied below, to where the package looks for it.
  const variables = { module_name: "tfjs_binding", module_path: dirname(target), napi_build_version: "8" };
  const given = Object.entries(variables).map(([name, value]) => `--${name}=${value}`);
  await runStep(
    "tfjs",
    {
      what: "compiling the binding",
      command: [process.execPath, nodeGyp(prefix), "rebuild", "--silent", ...headers, ...given],
      cwd: folder,
      help: "install a C++ compiler and make (on Debian: apt-get install build-essential), and see what is said above",
    },
    tell,
  );
  await mkdir(dirname(target), { recursive: true });
  await copyFile(join(folder, "build/Release/tfjs_binding.node"), target);
  return target;
}

/** Where the package looks for its binding. */
function bindingFileOf(manifest: string): string {
  // Boundary: a dependency of tfjs-node without types.
  const finder = createRequire(manifest)("@mapbox/node-pre-gyp") as { find(manifest: string): string };
  return finder.find(manifest);
}

function nodeGyp(prefix: string): string {
  const inNpm = "node_modules/npm/node_modules/node-gyp/bin/node-gyp.js";
  const found = [join(prefix, "lib"), dirname(process.execPath), join(prefix, "share")]
    .map((folder) => join(folder, inNpm))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw unusable("npm's node-gyp is not beside Node", "install Node with npm, as nodejs.org has it");
}

function unusable(reason: string, help: string, cause?: unknown): Error {
  return vlmoError("V966", { engine: "tfjs", reason }, { help, cause });
}
