// Incremental decoding with cached keys and values gives the logits of the full forward pass over the pair.
import { expect, test } from "vitest";
import {
  buildForward,
  buildNext,
  buildPrefix,
  createGraph,
  nextInputs,
  parametersOf,
  type Program,
  type StageSpec,
  type Value,
} from "../../../compiler/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { feed } from "../../../runtime/program/feed.js";
import { float32, int32, type Tensor, type Tensors } from "../../../runtime/tensor.js";
import { drawFrom } from "../../support/draw.js";
import { evaluate, expectClose } from "../../support/evaluate.js";
import { specOf, stageOf } from "../../support/specs.js";

const spec = specOf("test/conformance/heads.vlmo");
const captions = stageOf(spec, "of_caption");
const reference = createReference();
const beams = 2;

const absolute = { kind: "absolute", image: true, text: true } as const;
const variants: Readonly<Record<string, Partial<StageSpec["model"]>>> = {
  "relative positions": {},
  "absolute positions": { attention: { ...captions.model.attention, position: absolute } },
  "no positions, separate attention per modality": {
    attention: { ...captions.model.attention, position: { kind: "none" }, share: "none" },
  },
  "no experts for pairs": { experts: captions.model.experts.filter(({ name }) => name !== "fusion") },
};

test.each(Object.entries(variants))(
  "the logits of incremental decoding equal those of the full pass: %s",
  async (_, changed) => {
    const model = { ...captions.model, ...changed };
    const [{ head: learnt } = { head: undefined }] = captions.learn;
    if (learnt?.kind !== "caption") throw new Error("the stage learns no captions");
    const head = { ...learnt, beams };
    const stage: StageSpec = { ...captions, model, heads: [head], learn: [{ head, weight: 1, span: head.span }] };
    const parameters = parametersOf(model, [head]).map(
      ({ name, shape }) => [name, drawFrom("write", name).floats(shape, -0.7, 0.7)] as const,
    );
    const draw = drawFrom("write");
    const [batch, length, vocabulary] = [2, 5, 13];
    const rows = batch * beams;
    const image = draw.floats([batch, 3, 8, 8]);
    const written = draw.ids([rows, length], vocabulary);
    const mask = 4;

    const pairs = buildForward(stage, { batch: rows, capacity: new Map() });
    const one = image.data.length / batch;
    const images = float32(
      [rows, 3, 8, 8],
      Float32Array.from(
        { length: rows * one },
        (__, i) => image.data[Math.floor(i / one / beams) * one + (i % one)] ?? 0,
      ),
    );
    /** Logits [rows, T, V] of pairs with the tokens before `at`, [MASK] at it, and arbitrary tokens after it. */
    const whole = async (at: number): Promise<Tensor> => {
      const later = drawFrom("later", at).ids([rows, length], vocabulary);
      const ids = written.data.map((id, i) => (i % length < at ? id : i % length === at ? mask : (later.data[i] ?? 0)));
      const texts = int32([rows, length], Int32Array.from(ids));
      const batchOfAll: Tensors = new Map<string, Tensor>([
        ["image", images],
        ["text_ids_mlm", texts],
        ["text_labels_mlm", int32([rows, length], new Int32Array(rows * length).fill(-100))],
        ["text_masks", float32([rows, length], new Float32Array(rows * length).fill(1))],
      ]);
      const { tensors } = feed(pairs, { batch: batchOfAll, items: rows, scalars: new Map(), noise: null });
      const graph = createGraph("logits", pairs.graph.inputs, new Map([["logits", outputOf(pairs, "telling.logits")]]));
      const logits = (await evaluate(reference, graph, new Map([...parameters, ...tensors]))).get("logits");
      return logits ?? float32([]);
    };

    const sizes = { batch, capacity: new Map() };
    const prefix = buildPrefix(stage, sizes, head).graph;
    const next = buildNext(stage, sizes, head).graph;
    const ofImages = await evaluate(reference, prefix, new Map([...parameters, ["image", image]]));
    let kept: Tensors = new Map(
      next.inputs.flatMap(({ name, value }) =>
        name.startsWith("text.") ? [[name, float32(value.type.shape)] as const] : [],
      ),
    );
    // Rows of an image are permuted between steps, as beams are in beam search.
    const parents = int32([rows], Int32Array.from([1, 0, 3, 2]));
    const sources = [0, 1, 2, 3];
    for (let at = 1; at < length; at++) {
      if (at > 1) sources.splice(0, rows, ...[1, 0, 3, 2].map((row) => sources[row] ?? 0));
      const ids = Int32Array.from(sources.flatMap((source) => [written.data[source * length + at - 1] ?? 0, mask]));
      const outputs = await evaluate(
        reference,
        next,
        new Map<string, Tensor>([
          ...parameters,
          ...ofImages,
          ...kept,
          [nextInputs.ids, int32([rows, 2], ids)],
          [nextInputs.positions, int32([2], Int32Array.from([at - 1, at]))],
          [nextInputs.parents, at > 1 ? parents : int32([rows], Int32Array.from([0, 1, 2, 3]))],
        ]),
      );
      kept = new Map([...outputs].filter(([name]) => name.startsWith("text.")));
      const wanted = await whole(at);
      const logits = outputs.get("logits");
      expect(logits?.shape).toEqual([rows, vocabulary]);
      sources.forEach((source, row) => {
        const from = (source * length + at) * vocabulary;
        const cut = ({ data }: Tensor, start: number) =>
          float32([vocabulary], Float32Array.from(data.slice(start, start + vocabulary)));
        if (logits === undefined) throw new Error("no scores");
        expectClose(cut(logits, row * vocabulary), cut(wanted, from), { absolute: 1e-6, relative: 1e-6 });
      });
    }
  },
);

function outputOf({ graph }: Program, name: string): Value {
  const output = graph.outputs.get(name);
  if (output === undefined) throw new Error(`no output ${name}`);
  return output;
}
