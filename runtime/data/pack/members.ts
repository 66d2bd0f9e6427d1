// Items as members of a tar archive, from which `format: webdataset` makes the same items. Images and masks are copied byte for
// byte; all texts of an image are in one sample.
import sharp from "sharp";
import type { Channels } from "../../../compiler/index.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { bytesOf } from "../images/image-bytes.js";
import { createImageLoader } from "../images/image.js";
import { expectImage } from "../images/open-image.js";
import { givenAnswers } from "../sources/answers.js";
import type { DataSet, ImageSource, Item } from "../sources/data-set.js";

/** A member of a sample: its extension, and its bytes. */
export interface Member {
  readonly ending: string;
  readonly bytes: Buffer;
}

/** Groups items into samples: all texts of one image, at the position of the first, or a single item. */
export function* samplesOf({ length, item }: DataSet): Generator<readonly Item[]> {
  const samples = new Map<string, number[]>();
  for (let i = 0; i < length; i++) {
    const key = togetherWith(item(i)) ?? `item ${i}`;
    const sample = samples.get(key);
    if (sample === undefined) samples.set(key, [i]);
    else sample.push(i);
  }
  for (const sample of samples.values()) {
    for (let i = 0; i < sample.length; i += MOST_TEXTS) yield sample.slice(i, i + MOST_TEXTS).map(item);
  }
}

/** The most texts of a sample, whose JSON is read at once. */
const MOST_TEXTS = 1000;

/** A key that is equal for items of one sample; null for an item that is a sample of its own. */
function togetherWith({ images, mask, group, text }: Item): string | null {
  if (text === undefined || images.length === 0) return null;
  return JSON.stringify([images.map(({ key }) => key), mask?.key, group]);
}

/** The extensions of two images in a sample. */
export const sides = ["left", "right"] as const;

/** The images of a model: squares of `size` pixels. */
export interface ImageForm {
  readonly size: number;
  readonly channels: Channels;
}

/** The members of a sample; with a form, images as a model of that form gets them. Throws V917, V976. */
export async function membersOf(
  items: readonly Item[],
  dataSet: DataSet,
  form: ImageForm | null = null,
): Promise<Member[]> {
  const [first] = items;
  if (first === undefined) return [];
  const two = first.images.length === 2;
  const members: Member[] = [];
  for (const [i, image] of first.images.entries()) {
    const { bytes, ending } = await (form === null ? copied(image, dataSet) : formed(image, form));
    members.push({ bytes, ending: two ? `${sides[i] ?? ""}.${ending}` : ending });
  }
  if (first.mask !== undefined) members.push({ ...(await copied(first.mask, dataSet)), ending: "mask.png" });
  return [...members, ...written(items, dataSet)];
}

const loader = createImageLoader(0);

/** A PNG without filters, so that a decoder is a few lines, as in `standalone/python/images.py`. */
async function formed(source: ImageSource, { size, channels }: ImageForm): Promise<Member> {
  const pixels = await loader.load(source, size, undefined, channels === 4 ? 4 : 3);
  const raw = { width: size, height: size, channels: pixels.channels };
  return {
    ending: "png",
    bytes: await sharp(pixels.data, { raw }).png({ adaptiveFiltering: false, palette: false }).toBuffer(),
  };
}

async function copied(source: ImageSource, { name }: DataSet): Promise<Member> {
  if (source.kind === "drawing") {
    const reason = "its images are generated on demand and are not files";
    throw vlmoError("V976", { data: name, reason });
  }
  const bytes = await bytesOf(source);
  const { format } = expectImage(source, bytes);
  return { ending: format.endings[0] ?? "", bytes: bytes.at(0, bytes.size) };
}

/** A single text as `.txt` and its class as `.cls`, which every reader supports; everything else as JSON. */
function written(items: readonly Item[], dataSet: DataSet): Member[] {
  const [first] = items;
  if (first === undefined) return [];
  const several = items.length > 1;
  const json: Record<string, unknown> = {};
  const members: Member[] = [];
  const put = (ending: string, text: string): void => void members.push({ ending, bytes: Buffer.from(text) });
  // A byte order mark at the beginning of a text file would be dropped by readers.
  if (first.text !== undefined && !several && !first.text.startsWith("\uFEFF")) put("txt", first.text);
  else if (first.text !== undefined) json["text"] = several ? items.map(({ text }) => text) : first.text;
  const labels = items.map(({ label = 0 }) => dataSet.classes?.[label] ?? label);
  if (first.label !== undefined && !several) put("cls", String(labels[0]));
  else if (first.label !== undefined) json["label"] = labels;
  const answers = items.map((item) => answersOf(item, dataSet));
  if (first.answers !== undefined) json["answer"] = several ? answers : answers[0];
  if (first.group !== undefined) json["group"] = first.group;
  if (Object.keys(json).length > 0) put("json", JSON.stringify(json));
  return members;
}

/** The answer of people who gave none of the listed answers. */
const OTHER = "(none of the listed answers)";

function answersOf({ answers, name: item }: Item, { answers: list = [], name }: DataSet): string[] {
  const given = givenAnswers(answers ?? [], list, OTHER);
  if (given !== null) return given;
  throw vlmoError("V976", { data: name, reason: `no list of answers gives the scores of \`${item}\`` });
}
