// An evaluation frees its tensors on the engine, however it ends.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { EvaluationSpec, Spec } from "../../../compiler/index.js";
import type { DataSet, Tokenizer } from "../../../runtime/data/index.js";
import { engines, type Engine, type Handle } from "../../../runtime/engines/index.js";
import { evaluate } from "../../../runtime/evaluate/evaluate.js";
import { startOf } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { specIn, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";
import { tinySpec } from "../cli/tiny.js";

const metrics = {
  "a recall": "recall(1)",
  "a re-ranked recall": "recall(1, rerank: top(4, by: match))",
  "an accuracy": "accuracy(match)",
  captions: "bleu",
} as const;

const evaluations = Object.values(metrics).map(
  (each, i) => `evaluate e${i} on unseen using second { ${each}, batch: 3 }`,
);
const spec: Spec = specIn(
  tinySpec
    .replace("learn: contrast + match\n", "learn: contrast + match + telling\n")
    .replace("stage first", "head telling: caption(pair.causal)\n\nstage first")
    .replace(/evaluate retrieval .*/, evaluations.join("\n")),
);
const stage = stageOf(spec, "second");

let engine: Engine;
let dataSet: DataSet;
let tokenizer: Tokenizer | null;

beforeAll(async () => {
  engine = await engines.ort({ threads: 1, backend: null });
  const found = await opened({ ...stage, data: [evaluationOf(0).data] });
  ({ dataSet, tokenizer } = found);
});
afterAll(() => engine.dispose());

function evaluationOf(place: number): EvaluationSpec {
  const evaluation = spec.evaluations.get(`e${place}`);
  if (evaluation === undefined) throw new Error(`no evaluation ${place}`);
  return evaluation;
}

/** An engine that counts its tensors and programs, with one failing call. */
function counting(fails: { readonly what: "load" | "run" | "read"; readonly call: number } | null) {
  const held = { programs: 0, tensors: new Set<Handle>() };
  const calls = { load: 0, run: 0, read: 0 };
  const call = (what: keyof typeof calls): void => {
    calls[what]++;
    if (fails?.what === what && calls[what] === fails.call) throw new Error("the engine fails");
  };
  const counted: Engine = {
    ...engine,
    load: async (graph) => {
      call("load");
      const executable = await engine.load(graph);
      held.programs++;
      return {
        run: async (inputs, into) => {
          call("run");
          const results = await executable.run(inputs, into);
          for (const handle of results.values()) held.tensors.add(handle);
          return results;
        },
        dispose: () => {
          held.programs--;
          executable.dispose();
        },
      };
    },
    create: (tensor) => {
      const handle = engine.create(tensor);
      held.tensors.add(handle);
      return handle;
    },
    read: (handle) => {
      call("read");
      return engine.read(handle);
    },
    write: (handle, tensor) => engine.write(handle, tensor),
    release: (handle) => {
      held.tensors.delete(handle);
      engine.release(handle);
    },
    dispose: () => undefined,
  };
  return { engine: counted, held };
}

const lost = { kind: "file", key: "gone", path: "/nowhere/gone.png", place: { file: "x.jsonl", line: 1 } } as const;
const broken = (whole: DataSet): DataSet => ({
  ...whole,
  item: (index) => ({ ...whole.item(index), ...(index === 5 && { images: [lost] }) }),
});
const whole = (dataSet: DataSet): DataSet => dataSet;

const endings = [
  { title: "nothing", data: whole, fails: null, throws: null },
  { title: "an image that cannot be read", data: broken, fails: null, throws: /gone\.png/ },
  { title: "a program that fails to load", data: whole, fails: { what: "load", call: 1 }, throws: /engine fails/ },
  { title: "a run that fails", data: whole, fails: { what: "run", call: 2 }, throws: /engine fails/ },
  { title: "a result that cannot be read", data: whole, fails: { what: "read", call: 2 }, throws: /engine fails/ },
] as const;

const rows = Object.keys(metrics).flatMap((metric, place) => endings.map((ending) => ({ metric, place, ...ending })));

test.each(rows)("$metric ended by $title leaks nothing", async ({ place, data, fails, throws }) => {
  const { engine: counted, held } = counting(fails);
  const start = await startOf(stage, nothingHanded);
  const parameters = new Map([...start].map(([name, tensor]) => [name, counted.create(tensor)]));
  const before = new Set(held.tensors);
  const evaluation = evaluationOf(place);
  const done = evaluate({ evaluation, stage, dataSet: data(dataSet), tokenizer, engine: counted, parameters });
  if (throws === null) await done;
  else await expect(done).rejects.toThrow(throws);
  expect(held.programs).toBe(0);
  expect(held.tensors).toEqual(before);
  for (const handle of before) counted.release(handle);
});

test.each(Object.keys(metrics).map((metric, place) => ({ metric, place })))(
  "$metric ended by a signal leaks nothing",
  async ({ place }) => {
    const { engine: counted, held } = counting(null);
    const start = await startOf(stage, nothingHanded);
    const parameters = new Map([...start].map(([name, tensor]) => [name, counted.create(tensor)]));
    const before = new Set(held.tensors);
    const stopping = new AbortController();
    const given = { evaluation: evaluationOf(place), stage, dataSet, tokenizer, engine: counted, parameters };
    const done = evaluate({ ...given, signal: stopping.signal });
    stopping.abort(new Error("stopped"));
    await expect(done).rejects.toThrow("stopped");
    expect([held.programs, held.tensors]).toEqual([0, before]);
  },
);
