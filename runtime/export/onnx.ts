// ONNX: the answers of one head, as programs with their weights, of any batch size where the graph allows it.
import {
  buildAnswer,
  buildVector,
  encodeModel,
  freeBatch,
  inputName,
  inputs,
  lower,
  outputName,
  ruleOf,
  sizeOf,
  targets,
  withWeights,
  writeOnnx,
  type HeadSpec,
  type Modality,
  type OnnxModel,
  type Program,
  type Sizes,
  type StageSpec,
} from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { aboutOnly } from "../evaluate/pass.js";
import { headThatAnswers } from "../predict/choose-head.js";
import { askedData, imagesAsked, wayOf } from "../predict/heads.js";
import type { TrainedModel } from "../predict/model.js";
import { filesBeside } from "./beside.js";
import { json, type Content, type Exporting, type Files } from "./format.js";

/** Most bytes of weights inside a model; a protobuf message has less than 2 GiB. */
const MOST_INSIDE = 2 ** 31 - 2 ** 26;

/** Batch sizes used to find the dynamic axis: primes that no other dimension of a model is likely to have. */
const TRIED = [11, 13, 17];

/** A program of a head, and the name of its file. */
interface Part {
  readonly name: "model" | Modality;
  readonly build: (stage: StageSpec, sizes: Sizes) => Program;
}

/** The files of the head's programs, and the files needed beside them. Throws V971. */
export function onnxFiles(exporting: Exporting, mostInside = MOST_INSIDE): Files {
  const { model, batch } = exporting;
  const head = headThatAnswers(model.stage, exporting.head, refused);
  const stage = aboutOnly({ stage: model.stage, evaluation: { data: askedData(model.stage, imagesAsked(head)) } }, head);
  const written = partsOf(head).map((part) => ({ file: `${part.name}.onnx`, onnx: onnxOf(part, { stage, model, batch }) }));
  const about = {
    ...{ vlmo: exporting.version, model: model.stage.model.name, stage: model.stage.name },
    head: { name: head.name, kind: head.kind, ...answering(model, head) },
    programs: written.map(({ file, onnx: { graph } }) => ({
      file,
      inputs: graph.inputs,
      outputs: graph.outputs,
    })),
  };
  return {
    files: new Map([
      ...written.flatMap(({ file, onnx }) => contentsOf(file, onnx, mostInside)),
      ["model.json", json(about)],
      ...filesBeside(model),
    ]),
    notes: [`head \`${head.name}\` (${head.kind}), batches of ${batch ?? "any size"}`],
  };
} // prettier-ignore

function refused(reason: string, help: string | undefined): Error {
  return vlmoError("V971", { format: "ONNX", reason }, { help });
}

/** A contrastive head has a program for each side, so that each image and each text is encoded once. */
function partsOf(head: HeadSpec): Part[] {
  if (wayOf(head) !== "vectors") return [{ name: "model", build: (stage, sizes) => buildAnswer(stage, sizes, head) }];
  return (["image", "text"] as const).map((side) => ({
    name: side,
    build: (stage, sizes) => buildVector(stage, sizes, head, side),
  }));
}

/** How its output becomes probabilities along the last axis; for a contrastive head, the factor of the dot products. */
function answering({ parameters }: TrainedModel, head: HeadSpec): object {
  const sigmoid = ruleOf(head).classes?.(head).of === "answers";
  const scale = parameters.get(`heads.${head.parametersOf}.scale`)?.data[0];
  return {
    activation: sigmoid ? "sigmoid" : "softmax",
    ...(wayOf(head) === "vectors" && { scale: Math.exp(scale ?? 0) }),
  };
}

interface Making {
  readonly stage: StageSpec;
  readonly model: TrainedModel;
  readonly batch: number | null;
}

function onnxOf({ build }: Part, { stage, model, batch }: Making): OnnxModel {
  const written = (size: number): OnnxModel => {
    const { graph } = build(stage, { batch: size, capacity: new Map() });
    return writeOnnx(lower(graph, targets.onnx), "any");
  };
  const onnx =
    batch === null ? freeBatch(TRIED.map((size) => ({ batch: size, model: written(size) }))) : written(batch);
  if (onnx === null) {
    const help = "give --batch N for a program of batches of just N samples";
    throw vlmoError("V971", { format: "ONNX", reason: "its program depends on the size of the batch" }, { help });
  }
  const weights = new Map(
    [...model.parameters].flatMap(([name, { shape, data }]) =>
      data instanceof Float32Array ? [[name, { shape, data }] as const] : [],
    ),
  );
  return withWeights(onnx, weights, publicName);
}

/** To the user of an exported model a text with [MASK] in it is simply a text. */
const publicNames = new Map<string, string>([
  ...[inputs.image, inputs.firstImage, inputs.secondImage, inputs.tokens, inputs.textMask].map((name) => [inputName(name), name] as const),
  [inputName(inputs.maskedTokens), inputs.tokens],
  ...["logits", "vector"].map((name) => [outputName(name), name] as const),
]); // prettier-ignore

function publicName(name: string): string {
  return publicNames.get(name) ?? name.slice(inputName("").length);
}

/** The model's file, and a second one for the weights where they exceed its limit. */
function contentsOf(file: string, onnx: OnnxModel, mostInside: number): [string, Content][] {
  const { initializers } = onnx.graph;
  const bytes = initializers.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
  if (bytes <= mostInside) return [[file, { bytes: [encodeModel(onnx)] }]];
  const data = `${file}.data`;
  let offset = 0;
  const placed = initializers.map((tensor) => {
    if (tensor.dtype !== "float32") return tensor;
    const external = { file: data, offset };
    offset += tensor.data.byteLength;
    return { ...tensor, external };
  });
  const outside = placed.flatMap((tensor) =>
    "external" in tensor ? [new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength)] : [],
  );
  return [
    [file, { bytes: [encodeModel({ ...onnx, graph: { ...onnx.graph, initializers: placed } })] }],
    [data, { bytes: outside }],
  ];
}
