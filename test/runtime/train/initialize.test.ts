import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { parametersOf, type CopySpec, type StageSpec } from "../../../compiler/index.js";
import { draw, drawAll } from "../../../runtime/train/draw.js";
import { nothingHanded, startFrom, startParameters } from "../../../runtime/train/initialize.js";
import type { Tensor } from "../../../runtime/tensor.js";
import { turn } from "../../../runtime/turns.js";
import { specOf, stageOf } from "../../support/specs.js";

const stage = stageOf(specOf("test/fixtures/models/tiny.vlmo"), "pairs");
const specs = parametersOf(stage.model, stage.heads);

function valueOf(parameters: ReadonlyMap<string, Tensor>, name: string): Tensor["data"] {
  return parameters.get(name)?.data ?? new Float32Array();
}

it("initialises parameters deterministically by seed and name", async () => {
  const start = async (seed: number) => {
    const { parameters, beginnings } = await startParameters({ ...stage, seed }, specs, nothingHanded);
    return { parameters: await parameters, beginnings };
  };
  const [one, two] = [await start(stage.seed), await start(stage.seed)];
  const other = await start(1);
  const name = "layers.1.attention.qkv.weight";
  expect(valueOf(one.parameters, name)).toEqual(valueOf(two.parameters, name));
  expect(valueOf(one.parameters, name)).not.toEqual(valueOf(other.parameters, name));
  expect(new Set(one.beginnings.values())).toEqual(new Set(["newly initialised"]));
});

it("rejects only when the parameters are awaited", async () => {
  const draw = (): Promise<never> => Promise.reject(new Error("no room"));
  const { parameters } = startFrom(stage, specs, { handed: nothingHanded, read: new Map(), draw });
  // An unhandled rejection by then would end the process and fail the test run.
  await turn();
  await expect(parameters).rejects.toThrow("no room");
});

it("draws with the parameter's standard deviation", async () => {
  const table = { ...specOfName("embed.text.word.weight"), shape: [200, 100] };
  const values = Array.from((await draw({ ...table, initial: { kind: "normal", std: 0.3 } }, 0)).data);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  expect(Math.abs(mean)).toBeLessThan(0.01);
  expect(deviation).toBeCloseTo(0.3, 2);
});

const large = [3, 5, 4, 6].map((rows, i) => {
  const kind = i === 0 ? ("normal" as const) : ("truncated" as const);
  return { name: `table ${i}`, shape: [rows, 2 ** 8], initial: { kind, std: i === 1 ? 1.5 : 0.02 } };
});

it.each([
  ["on worker threads", join("dist", "runtime", "train", "draw-worker.js")],
  ["with workers that die at once", join("dist", "no-such-file.js")],
])("draws the same values %s as on the main thread", async (_, script) => {
  const drawn = await drawAll(large, 3, { threads: 3, script: resolve(script), threadsFrom: 0 });
  const alone = await drawAll(large, 3, { threads: 1 });
  expect([...drawn].sort(([a], [b]) => a.localeCompare(b))).toEqual([...alone]);
});

it("ends its workers if stopped", async () => {
  const endless = large.map((drawing) => ({ ...drawing, shape: [2 ** 14, 2 ** 13] }));
  const stop = new AbortController();
  const script = resolve("dist", "runtime", "train", "draw-worker.js");
  const drawn = drawAll(endless, 3, { threads: 2, script, signal: stop.signal });
  stop.abort();
  await expect(drawn).rejects.toThrow("aborted");
});

it("cuts a truncated normal at ±2", async () => {
  const { data } = await draw({ name: "wide", shape: [2000], initial: { kind: "truncated", std: 1.5 } }, 0);
  expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(2);
  expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(1.95);
});

function specOfName(name: string): (typeof specs)[number] {
  const spec = specs.find((entry) => entry.name === name);
  if (spec === undefined) throw new Error(`no ${name}`);
  return spec;
}

const experts: CopySpec = { to: "layers.2.experts.fusion.fc1.weight", from: "layers.2.experts.vision.fc1.weight" };
const types: CopySpec = { to: "embed.type.weight", from: "embed.type.weight", row: { to: 1, from: 0 } };

it("copies tensors and rows that the predecessor lacks, and keeps those it has", async () => {
  const before = await (await startParameters({ ...stage, seed: 7 }, specs, nothingHanded)).parameters;
  before.delete(experts.to);
  const copying: StageSpec = { ...stage, copies: [experts, types] };
  const { parameters: values, beginnings } = await startParameters(copying, specs, {
    tensors: before,
    resized: new Map(),
    before,
  });
  const parameters = await values;
  expect(valueOf(parameters, experts.to)).toEqual(valueOf(before, experts.from));
  const width = stage.model.width;
  expect(valueOf(parameters, types.to).subarray(width, 2 * width)).toEqual(
    valueOf(before, types.from).subarray(0, width),
  );
  expect([beginnings.get(experts.to), beginnings.get(types.to), beginnings.get("pooler.weight")]).toEqual([
    "copied",
    "copied",
    "kept",
  ]);
  expect(valueOf(parameters, "pooler.weight")).toEqual(valueOf(before, "pooler.weight"));
});
