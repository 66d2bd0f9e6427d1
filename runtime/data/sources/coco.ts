// COCO's captions as they are downloaded (`captions_train2017.json`): a list of images, and a list of captions that name
// them by number. A caption with its image is one pair.
import path from "node:path";
import { inTurns } from "../../turns.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import type { DataSet, Item, Note } from "./data-set.js";
import { imageFile, type ImageFolder } from "../images/image-files.js";
import { idIn, isObject, listsIn, textAt, type JsonFile, type Part } from "./json-file.js";
import { shown } from "./json-text.js";
import { noted } from "../notes.js";
import { openPairs, type PairReader, type PairsRead } from "./pair-file.js";
import { attempted } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";

/** Opens the captions as pairs, in their order. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openCoco(options: LocatedSettings<"coco">): Promise<DataSet> {
  return openPairs(options, "coco", pairsIn);
}

/** Images by their numbers, with how many captions they have. */
type Images = Map<number | string, { readonly image: Part; captions: number }>;

async function pairsIn(file: JsonFile, { images: folder, problems }: PairReader): Promise<PairsRead> {
  const { images: list, annotations } = listsIn(file, ["images", "annotations"]);
  const images = imagesOf(list, file, problems);
  const items: (Item | null)[] = [];
  for await (const [index, value] of inTurns(annotations.entries())) {
    const annotation = { value, at: `annotations[${index}]`, of: file };
    items.push(attempted(problems, () => pairOf(annotation, images, folder)) ?? null);
  }
  return { items, empty: "it has no captions", notes: withoutCaption(images) };
}

function imagesOf(list: readonly unknown[], of: JsonFile, problems: VlmoError[]): Images {
  const images: Images = new Map();
  for (const [index, value] of list.entries()) {
    const image = { value, at: `images[${index}]`, of };
    attempted(problems, () => {
      const id = idIn(image, "id");
      if (!images.has(id)) return images.set(id, { image, captions: 0 });
      const holes = { field: `${image.at}.id`, wanted: "a number that no other image has", got: shown(id) };
      throw vlmoError("V913", holes, of.place);
    });
  }
  return images;
}

function pairOf(annotation: Part, images: Images, folder: ImageFolder): Item {
  const { at, of } = annotation;
  const id = idIn(annotation, "image_id");
  const named = images.get(id);
  if (named === undefined) throw unlisted(annotation, id, images);
  named.captions += 1;
  const { image } = named;
  const naming = { images: folder, field: `${image.at}.file_name`, place: of.place };
  const source = imageFile(textAt(image, "file_name"), naming);
  return { name: `${path.basename(of.place.file ?? "")}:${at}`, images: [source], text: textAt(annotation, "caption") };
}

/** V913 for a caption of an image that is not listed: a number and the text of it are two. */
function unlisted({ at, of }: Part, id: number | string, images: Images): VlmoError {
  const field = `${at}.image_id`;
  const isOther = images.has(typeof id === "number" ? String(id) : Number(id));
  if (!isOther) {
    const holes = { field, wanted: "the `id` of an image in `images`", got: shown(id) };
    return vlmoError("V913", holes, of.place);
  }
  const [wanted, got] = typeof id === "number" ? ["a text", "the number"] : ["a number", "the text"];
  const help = "write `id` and `image_id` alike, both as numbers or both as texts";
  const holes = { field, wanted: `${wanted}, as the \`id\` of its image is`, got: `${got} ${shown(id)}` };
  return vlmoError("V913", holes, { ...of.place, help });
}

function withoutCaption(images: Images): Note[] {
  const without = [...images.values()].filter(({ captions }) => captions === 0);
  const names = without.map(({ image: { value, at } }) => {
    const name = isObject(value) ? value["file_name"] : undefined;
    return typeof name === "string" ? name : at;
  });
  return noted(names, "image has no caption", "images have no caption");
}
