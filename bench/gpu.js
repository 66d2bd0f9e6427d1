// `npm run bench:gpu`: speed of the pair stage on a CUDA machine with PyTorch, in less than eight minutes. Everything is
// written into a folder that needs Python alone, since machines with GPUs often have no Node: programs, batches with the
// reference's results, JPEG files, and gpu.py, which runs one part after the other (`python3 DIR/gpu.py`).
//
//   npm run bench:gpu -- [--out DIR] [--seconds 460] [--device cuda|cpu] [--small] [--base-batch 128] [--large-batch 64]
//
// Without `--out` the folder is temporary and is run immediately, by the Python that VLMO_PYTHON names. `--small` is a tiny
// model, to test the parts on a CPU. The share of peak is that of the products in the graph: a product computed once is counted
// once.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { devices } from "../dist/compiler/plan/devices.js";
import { compiledFolder, pythonCommand } from "../dist/runtime/python.js";
import { writeAgreement } from "./gpu-agreement.js";
import { writePairs } from "./jpegs.js";
import { attentionOn, settingsOf, writePrograms } from "./torch-programs.js";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "460" },
    out: { type: "string" },
    small: { type: "boolean", default: false },
    device: { type: "string" },
    "base-batch": { type: "string", default: "128" },
    "large-batch": { type: "string", default: "64" },
  },
});
const device = values.device ?? (values.small ? "cpu" : "cuda");
const tiny = { width: 32, layers: 2, heads: 2, image: 32, text: 16, batch: 8, top: 1, vocabulary: 1000 };
const base = { width: 768, layers: 12, heads: 12, image: 224, text: 40, batch: Number(values["base-batch"]), top: 2 };
const large = {
  width: 1024,
  layers: 24,
  heads: 16,
  image: 224,
  text: 40,
  batch: Number(values["large-batch"]),
  top: 3,
};
const models = values.small ? { Base: tiny, Large: { ...tiny, layers: 3 } } : { Base: base, Large: large };

const folder = values.out ?? mkdtempSync(join(tmpdir(), "vlmo-gpu-"));
try {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) throw new Error(`${folder} is not empty: name a new folder`);
  await prepare();
  if (values.out === undefined) {
    const env = { ...process.env, TORCHINDUCTOR_CACHE_DIR: compiledFolder() };
    const words = [join(folder, "gpu.py"), "--seconds", values.seconds, "--out", "gpu.json"];
    process.exitCode = spawnSync(pythonCommand(), words, { stdio: "inherit", env }).status ?? 1;
  } else console.log(`written: python3 ${join(folder, "gpu.py")} [--seconds ${values.seconds}] [--out gpu.json]`);
} finally {
  if (values.out === undefined) rmSync(folder, { recursive: true });
}

async function prepare() {
  for (const name of ["gpu.py", "gpu_agreement.py", "torch_steps.py", "peer_vlmo_step.py"])
    copyFileSync(join("bench", name), join(folder, name));
  await writeAgreement(tiny, join(folder, "agreement"), attentionOn[device]);
  const plan = {
    device,
    small: values.small,
    rounds: values.small ? 3 : 10,
    peaks: Object.fromEntries(Object.entries(devices).map(([name, { peak }]) => [name, peak.bfloat16])),
    models: Object.fromEntries(Object.entries(models).map(([name, size]) => [name, sizesWritten(name, size)])),
    training: await writeTraining(models.Base),
  };
  writeFileSync(join(folder, "parts.json"), `${JSON.stringify(plan, null, 2)}\n`);
}

/** A model's steps at its batch, and at halved batches for devices with less memory. */
function sizesWritten(name, size) {
  return [1, 2, 4].map((part) => {
    const { batch, vocabulary: vocab = 30522, ...others } = { ...size, batch: size.batch / part };
    const [kernel, alone] = ["kernel", "operations"].map((kind) => `programs/${name}.${batch}.${kind}`);
    for (const each of [kernel, alone]) mkdirSync(join(folder, each), { recursive: true });
    const ways = [
      ["bfloat16", false],
      ["bfloat16", true],
    ];
    const { flops } = writePrograms({ ...size, batch }, ways, join(folder, kernel), attentionOn[device]);
    writePrograms({ ...size, batch }, ways.slice(0, 1), join(folder, alone), null);
    return { batch, flops, kernel, operations: alone, rival: { ...others, batch, vocab } };
  });
}

/**
 * JPEG files in shards and the folder that `vlmo build` writes for them, without initial parameters, which are as large as the
 * model: gpu.py draws them.
 */
async function writeTraining(size) {
  const [count, steps] = values.small ? [32, 8] : [256, 40];
  const work = mkdtempSync(join(tmpdir(), "vlmo-jpegs-"));
  try {
    await writePairs(join(work, "pictures"), { count, ...(values.small ? { width: 160, height: 120 } : { width: 640, height: 480 }) }); // prettier-ignore
    const spec = readFileSync("specs/bench-pair.vlmo", "utf8");
    const withData = (data) => spec.replace(/^data world.*$/m, data).replace(/^import.*$/gm, "");
    writeFileSync(join(work, "files.vlmo"), withData(`data world: pairs { format: jsonl, records: "pictures/records.jsonl", images: "pictures" }`)); // prettier-ignore
    const vlmo = (...words) => execFileSync(process.execPath, ["dist/bundle/main.js", ...words], { stdio: ["ignore", "ignore", "inherit"] }); // prettier-ignore
    vlmo("data", "pack", join(work, "files.vlmo"), "world", "--out", join(folder, "shards"));
    const world = readFileSync(join(folder, "shards/data.vlmo"), "utf8").replace(/^vlmo 1$/m, "").replaceAll('"shard-', `"${join(folder, "shards")}/shard-`); // prettier-ignore
    writeFileSync(join(work, "shards.vlmo"), withData(world));
    const batch = Math.min(size.batch, count / 2);
    const set = [...settingsOf({ ...size, batch, vocabulary: 1000 }), `pair.steps=${steps}`, "pair.augment=[resized_crop(50%..100%), flip, rand_augment(2, 7)]"]; // prettier-ignore
    vlmo("build", join(work, "shards.vlmo"), "--emit", "torch", "--out", join(folder, "folder"), "--precision", "bfloat16", ...set.flatMap((each) => ["--set", each])); // prettier-ignore
    rmSync(join(folder, "folder/initial/pair.safetensors"));
    return { batch, steps };
  } finally {
    rmSync(work, { recursive: true });
  }
}
