// COCO captions as downloaded (`captions_train2017.json`): a list of images, and a list of captions that refer to them by id.
// Each caption with its image is one pair.
import path from "node:path";
import { inTurns } from "../../turns.js";
import { openAnnotations, type AnnotationReader, type AnnotationsRead } from "./annotation-file.js";
import { byId, fileNames, fileOf, namedBy } from "./coco-images.js";
import type { DataSet, Item } from "./data-set.js";
import { listsIn, textAt, type JsonFile, type Part } from "./json-file.js";
import { noted } from "../notes.js";
import { attempted } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";

/** Opens the captions as pairs, in their order. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openCocoPairs(options: LocatedSettings<"coco">): Promise<DataSet> {
  return openAnnotations(options, { kind: "pairs", form: "coco", part: options.split, itemsOf: pairsIn });
}

async function pairsIn(file: JsonFile, { images: folder, problems }: AnnotationReader): Promise<AnnotationsRead> {
  const { images: list, annotations } = listsIn(file, ["images", "annotations"]);
  const images = byId(list, "images", file, problems);
  const captioned = new Set<Part>();
  const items: (Item | null)[] = [];
  for await (const [index, value] of inTurns(annotations.entries())) {
    const annotation = { value, at: `annotations[${index}]`, of: file };
    const pair = attempted(problems, (): Item => {
      const image = namedBy(annotation, "image_id", { parts: images, name: "images" });
      captioned.add(image);
      const name = `${path.basename(file.place.file ?? "")}:${annotation.at}`;
      return { name, images: [fileOf(image, folder)], text: textAt(annotation, "caption") };
    });
    items.push(pair ?? null);
  }
  const without = [...images.values()].filter((image) => !captioned.has(image));
  const notes = noted(fileNames(without), "image has no caption", "images have no caption");
  return { items, empty: "it has no captions", notes };
}
