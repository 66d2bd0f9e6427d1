// Nothing is sent and no file is left unasked: however a run is started, it looks up no host, opens no connection, and leaves
// the home folder and the folder for temporary files unchanged. Connections, and files that existed only for a while, are
// detected if `strace` is installed.
import { spawn, spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { libraryRun, onThread, projectRoot } from "../support/library-run.js";
import { hasTorch } from "../support/torch.js";
import { workFolder } from "./cli/tiny.js";

const traces = spawnSync("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"]).status === 0;
if (!traces) console.log("skipped: connections of a run (no strace; its files are checked nevertheless)");

let folder = "";
beforeAll(async () => {
  folder = await workFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** System calls for the network, and those that create files. */
const watched =
  "trace=%network,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat";

/** The effects of a process outside its own folder. */
interface Traces {
  readonly exit: number | null;
  readonly stderr: string;
  /** Files in its home and temporary folders after its end. */
  readonly left: readonly string[];
  /** Network calls, and files written elsewhere. Empty without `strace`. */
  readonly calls: readonly string[];
}

interface Tracing {
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Called once with its first output. */
  readonly said?: (text: string) => void;
}

/** Runs node with an almost empty environment, as variables set by tests and CI may disable a library's telemetry. */
async function traced(name: string, args: readonly string[], { environment, said }: Tracing = {}): Promise<Traces> {
  const [home, temporary, log] = ["home", "tmp", "trace"].map((part) => join(folder, `${name}.${part}`)) as [
    string,
    string,
    string,
  ];
  for (const path of [home, temporary]) await mkdir(path);
  const tracer = traces ? ["strace", "-f", "-qq", "--seccomp-bpf", "-o", log, "-e", watched] : [];
  const [program = "", ...rest] = [...tracer, process.execPath, ...args];
  const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: temporary, ...environment };
  const child = spawn(program, rest, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout
    .setEncoding("utf8")
    .once("data", (text: string) => said?.(text))
    .resume();
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exit = await new Promise<number | null>((resolve) => child.on("close", resolve));
  const left = (await Promise.all([home, temporary].map((path) => readdir(path, { recursive: true })))).flat();
  return { exit, stderr, left, calls: traces ? strangeCalls(await readFile(log, "utf8")) : [] };
}

/** Lines of a trace that no run may cause. */
function strangeCalls(log: string): string[] {
  const ours = [`"${folder}/run-`, `"run-`, `"/dev/null"`, `"/dev/shm/`, `"/proc/self/`];
  return log.split("\n").filter((line) => {
    const call = line.replace(/^\d+ +/, "");
    if (/^(socket|connect|sendto|sendmsg)\(.*(AF_INET|AF_NETLINK|\.nscd|:53\b)/.test(call)) return true;
    if (/\/etc\/(resolv\.conf|hosts|nsswitch\.conf)/.test(call)) return true;
    const writes =
      /^(creat|mkdir|mkdirat|rename\w*|link\w*|symlink\w*)\(/.test(call) ||
      /^open(at)?\(.*(O_WRONLY|O_RDWR|O_CREAT)/.test(call);
    return writes && !call.includes("= -1 ") && !ours.some((place) => call.includes(place));
  });
}

const main = join(projectRoot, "dist/bundle/main.js");
const cli = (name: string, ...more: string[]) => [
  main,
  "train",
  "tiny.vlmo",
  "--threads",
  "1",
  "--out",
  `run-${name}`,
  ...more,
];
const library = (name: string) => libraryRun({ file: "tiny.vlmo", stage: "first", out: `run-${name}` });
const module = (script: string) => ["--input-type=module", "-e", script];

/** Makes koffi fail to load, as on a platform without its native module. */
const noKoffi = `data:text/javascript,${encodeURIComponent(`
  import { register } from "node:module";
  register("data:text/javascript," + encodeURIComponent(
    'export const resolve = (name, ...rest) => { if (name === "koffi") throw new Error("none here"); return rest[1](name, rest[0]); };'
  ));`)}`;

const ways: readonly {
  readonly way: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}[] = [
  { way: "the command line with image threads", args: cli("cli", "--workers", "1") },
  { way: "the command line on tfjs", args: cli("tfjs", "--engine", "tfjs", "--backend", "wasm", "--stage", "first") },
  { way: "the library", args: module(library("library")) },
  {
    way: "the library on the package's own binding",
    args: module(library("binding")),
    environment: { VLMO_ORT: "binding" },
  },
  { way: "the library where koffi does not load", args: ["--import", noKoffi, ...module(library("no-koffi"))] },
  { way: "the library on a thread", args: module(onThread(library("thread"))) },
];

describe.concurrent("nothing is sent and no files are left by", () => {
  test.each(ways)("$way", async ({ way, args, environment }) => {
    expect(await traced(way.replaceAll(/\W/g, "-"), args, { environment })).toEqual({
      exit: 0,
      stderr: "",
      left: [],
      calls: [],
    });
  });

  test.skipIf(!hasTorch)("the command line on torch", async () => {
    const python = process.env["VLMO_PYTHON"] ?? "python3";
    const args = cli("torch", "--engine", "torch", "--backend", "cpu", "--stage", "first");
    const found = await traced("torch", args, { environment: { VLMO_PYTHON: python } });
    expect(found).toEqual({ exit: 0, stderr: "", left: [], calls: [] });
  });
});

test("a thread without koffi is refused instead of sending telemetry", async () => {
  await writeFile(join(folder, "thread.mjs"), library("refused"));
  const started = `import { Worker } from "node:worker_threads"; new Worker("./thread.mjs", { execArgv: ["--import", ${JSON.stringify(noKoffi)}] });`;
  const { exit, stderr, left } = await traced("refused", ["--import", noKoffi, ...module(started)]);
  expect(stderr).toContain("on this thread ONNX Runtime cannot be kept from reporting its use");
  expect([exit, left]).toEqual([1, []]);
});

/** Ends the process, as a service manager would, after its answer to a request. */
const untilAsked = `data:text/javascript,${encodeURIComponent(`
  import { Server } from "node:http";
  const { emit } = Server.prototype;
  Server.prototype.emit = function (event, ...rest) {
    if (event === "request") rest[1].on("close", () => process.kill(process.pid, "SIGTERM"));
    return emit.call(this, event, ...rest);
  };`)}`;

test("a server opens only its listening socket", async () => {
  let answered: Promise<Response> | undefined;
  const said = (text: string): void => {
    const body = JSON.stringify({ head: "match", text: "a red circle", image: onePixel });
    const { url } = JSON.parse(text);
    answered = fetch(`${url}/predict`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  };
  const args = ["--import", untilAsked, main, "serve", "run-cli", "--port", "0", "--threads", "1", "--json"];
  const { exit, left, calls } = await traced("serve", args, { said });
  expect([(await answered)?.status, exit, left]).toEqual([200, 0, []]);
  // Node initialises its resolver before it listens, even at an IP address; a lookup would open a socket.
  const own = calls.filter((call) => !/openat\(.*\/etc\/(resolv|nsswitch)\.conf", O_RDONLY/.test(call));
  expect(own).toEqual(traces ? [expect.stringMatching(/socket\(AF_INET, SOCK_STREAM.*IPPROTO_IP\)/)] : []);
});

/** A PNG. */
const onePixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
