// The samples of a stage as numbers: tokens, labels, and the place of each image in the shards. With them a training needs the
// shards only, without data formats or a tokenizer.
import { stat } from "node:fs/promises";
import path from "node:path";
import type { DataSpec, StageSpec } from "../../compiler/index.js";
import {
  pairingOf,
  recordsOf,
  type BatchNeeds,
  type DataSet,
  type ImageFile,
  type ImageSource,
} from "../data/index.js";
import type { DataShelf } from "../data/stage-data.js";
import { systemError } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { float32, int32, type Tensor } from "../tensor.js";

/** The data of a stage in the plan. */
export interface DataPlan {
  readonly length: number;
  /** Including those left out. */
  readonly records: number;
  /** As in `DataSet`; null where all records are shuffled together. */
  readonly parts: readonly object[] | null;
  /** The files that contain images, by block and by path relative to the block's common folder. */
  readonly files: readonly { readonly block: string; readonly path: string; readonly bytes: number }[];
}

/**
 * The samples of a stage: facts for the plan, arrays for a file. Throws V647 for images that are neither files nor in an
 * archive.
 */
export async function itemsOf(
  stage: StageSpec,
  needs: BatchNeeds,
  shelf: DataShelf,
): Promise<{ readonly plan: DataPlan; readonly tensors: ReadonlyMap<string, Tensor> }> {
  const whole = await shelf.ofStage(stage);
  const tensors = new Map<string, Tensor>();
  const files: DataPlan["files"][number][] = [];
  const images = Array.from({ length: needs.image?.count ?? (needs.image === undefined ? 0 : 1) }, () => new Places());
  for (const block of stage.data) {
    const dataSet = await shelf.block(block);
    const numbers = new Map<string, number>();
    for (let i = 0; i < dataSet.length; i++)
      images.forEach((places, which) =>
        places.add(fileOf(block, dataSet.item(i).images[which]), numbers, files.length),
      );
    files.push(...(await filesOf(block, [...numbers.keys()])));
  }
  images.forEach((places, which) =>
    places.tensors.forEach((tensor, part) => tensors.set(`image${which}.${part}`, tensor())),
  );
  for (const [name, tensor] of textsAndTargets(whole, needs)) tensors.set(name, tensor);
  if (whole.groups !== undefined) tensors.set("groups", column(whole.groups));
  if (whole.places !== undefined) tensors.set("places", column(whole.places.of));
  const parts = whole.parts?.map(({ records, weight, stretches }) => ({
    records,
    ...(weight !== undefined && { weight }),
    ...(stretches && { starts: [...stretches.starts], buffer: stretches.buffer }),
  }));
  return { plan: { length: whole.length, records: recordsOf(whole), parts: parts ?? null, files }, tensors };
}

function column(values: Int32Array): Tensor {
  return int32([values.length], values);
}

/** The places of images, in order. */
class Places {
  private readonly file: number[] = [];
  private readonly offset: number[] = [];
  private readonly size: number[] = [];

  /** `numbers`: indices of the block's files, which follow `before` others. */
  add({ path: name, inside }: ImageFile, numbers: Map<string, number>, before: number): void {
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    this.file.push(before + number);
    const part = inside !== undefined && "offset" in inside ? inside : { offset: 0, size: WHOLE };
    this.offset.push(part.offset);
    this.size.push(part.size);
  }

  readonly tensors = new Map<string, () => Tensor>([
    ["file", () => column(Int32Array.from(this.file))],
    ["size", () => column(Int32Array.from(this.size))],
    // Offsets in archives may exceed 32 bits.
    ["offset", () => ({ dtype: "float32", shape: [this.offset.length], data: Float64Array.from(this.offset) })],
  ]);
}

/** Denotes the whole file. */
const WHOLE = 2 ** 31 - 1;

/** Throws V647 where an image is neither a file nor part of one. */
function fileOf({ name, span }: DataSpec, image: ImageSource | undefined): ImageFile {
  if (image === undefined) throw new Error("internal: an item without its image");
  const reason = whyNot(image);
  if (image.kind === "file" && reason === null) return image;
  throw vlmoError("V647", { data: name, reason: reason ?? "" }, { span });
}

function whyNot(image: ImageSource): string | null {
  if (image.kind === "drawing") return "its images are generated on demand";
  if (image.cropGrid !== undefined) return "its images are cropped and rearranged (`crop_grid`)";
  return image.inside === undefined || "offset" in image.inside ? null : "its images are packed in tables";
}

async function filesOf({ name: block }: DataSpec, names: readonly string[]): Promise<DataPlan["files"]> {
  const above = commonFolder(names);
  return Promise.all(
    names.map(async (name) => {
      const found = await stat(name).catch((error: unknown) => {
        throw systemError("V910", name, error);
      });
      return { block, path: path.relative(above, name).split(path.sep).join("/"), bytes: found.size };
    }),
  );
}

function commonFolder(names: readonly string[]): string {
  const [first = "", ...others] = names.map((name) => path.dirname(name));
  return others.reduce((above, folder) => {
    let common = above;
    while (common !== folder && !folder.startsWith(common.endsWith(path.sep) ? common : common + path.sep))
      common = path.dirname(common);
    return common;
  }, first);
}

/** Tokens, labels, answers, and which items share an image or a text. */
function* textsAndTargets(dataSet: DataSet, needs: BatchNeeds): Generator<[string, Tensor]> {
  const all = Array.from({ length: dataSet.length }, (_, i) => i);
  const { text } = needs;
  if (text !== undefined) {
    const { tokenizer } = text;
    const ids = new Map(tokenizer.vocabulary.map((token, id) => [token, id]));
    const idsOf = (of: string): number[] =>
      tokenizer.tokens(of).map((token) => ids.get(token) ?? tokenizer.special.unknown);
    yield* rows(
      "tokens",
      "token_ends",
      all.map((i) => idsOf(dataSet.item(i).text ?? "")),
    );
  }
  if (needs.label === true) yield ["label", column(Int32Array.from(all, (i) => dataSet.item(i).label ?? 0))];
  if (needs.answers === true) {
    const answers = all.map((i) => dataSet.item(i).answers ?? []);
    yield* rows(
      "answer_index",
      "answer_ends",
      answers.map((each) => each.map(({ index }) => index)),
    );
    const scores = Float32Array.from(answers.flatMap((each) => each.map(({ score }) => score)));
    yield ["answer_score", float32([scores.length], scores)];
  }
  if (needs.matches === true) {
    const { images, texts } = pairingOf(dataSet);
    yield ["image_number", column(images)];
    yield ["text_number", column(texts)];
  }
}

/** Ragged lists, concatenated, with the end offset of each. */
function* rows(name: string, ends: string, lists: readonly (readonly number[])[]): Generator<[string, Tensor]> {
  let end = 0;
  yield [ends, column(Int32Array.from(lists, ({ length }) => (end += length)))];
  yield [name, column(Int32Array.from(lists.flat()))];
}
