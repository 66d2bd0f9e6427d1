// COCO instances as downloaded (`instances_train2017.json`), as images with masks: the outlines of objects drawn over one
// another, each with the index of its category. Masks are drawn when a batch needs them.
import path from "node:path";
import { closest } from "../../../grammar/index.js";
import { inTurns } from "../../turns.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { maskFile, NO_CLASS } from "../images/mask.js";
import { noted } from "../notes.js";
import { openAnnotations, type AnnotationReader, type AnnotationsRead } from "./annotation-file.js";
import { byId, fileNames, fileOf, namedBy, type ById } from "./coco-images.js";
import { areaIn, pixelsOf, type Frame } from "./coco-areas.js";
import type { DataSet, ImageFile, Item, Region } from "./data-set.js";
import { fieldOf, isObject, listsIn, textAt, type JsonFile, type Part } from "./json-file.js";
import { shown } from "./json-text.js";
import { listed } from "./record-fields.js";
import { attempted } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";

type Options = LocatedSettings<"coco">;

/** Opens the images with their masks, in their order. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openCocoMasks(options: Options): Promise<DataSet> {
  const itemsOf = (file: JsonFile, reader: AnnotationReader) => masksIn(file, options, reader);
  return openAnnotations(options, { kind: "masks", form: "instances", part: options.split, itemsOf });
}

async function masksIn(file: JsonFile, options: Options, reader: AnnotationReader): Promise<AnnotationsRead> {
  const { problems } = reader;
  const lists = listsIn(file, ["images", "annotations", "categories"]);
  const images = byId(lists.images, "images", file, problems);
  const categories = byId(lists.categories, "categories", file, problems);
  const { classes, labels } = numbered(categories, options, file);
  const scenes = new Map([...images.values()].map((image): [Part, Scene] => [image, { regions: [], isBroken: false }]));
  const parts = { images: { parts: images, name: "images" }, categories: { parts: categories, name: "categories" } };
  for await (const [index, value] of inTurns(lists.annotations.entries())) {
    const annotation = { value, at: `annotations[${index}]`, of: file };
    const image = attempted(problems, () => namedBy(annotation, "image_id", parts.images));
    const scene = image === undefined ? undefined : scenes.get(image);
    if (image === undefined || scene === undefined) continue;
    const drawn = attempted(problems, () => {
      const label = labels.get(namedBy(annotation, "category_id", parts.categories));
      return regionOf(annotation, label, frameOf(image));
    });
    if (drawn === undefined) scene.isBroken = true;
    else if (drawn !== null) scene.regions.push(drawn);
  }
  const items = [...scenes].map(([image, scene]): Item | null =>
    scene.isBroken ? null : (attempted(problems, () => itemOf(image, scene.regions, options, reader)) ?? null),
  );
  const empty = [...scenes].filter(([, { regions, isBroken }]) => regions.length === 0 && !isBroken);
  const names = fileNames(empty.map(([image]) => image));
  const notes = noted(names, "image shows nothing of the classes", "images show nothing of the classes");
  return { items, empty: "it has no images", notes, classes };
}

/** The annotations of an image. */
interface Scene {
  readonly regions: Drawn[];
  /** One of its outlines cannot be drawn; a mask without it would call its pixels background. */
  isBroken: boolean;
}

interface Drawn extends Region {
  readonly pixels: number;
}

/** The class names, and the index of each category that is drawn; 0 is the background. Throws V912 – V914, V959, V978. */
function numbered(
  categories: ById,
  { classes: chosen, reduce_zero_label: reduce }: Options,
  file: JsonFile,
): { readonly classes: readonly string[]; readonly labels: ReadonlyMap<Part, number> } {
  const names = new Map([...categories.values()].map((category) => [textAt(category, "name").normalize(), category]));
  const classes = chosen ?? [...(reduce === true ? [] : [BACKGROUND]), ...names.keys()];
  const first = reduce === true ? 0 : 1;
  const [background = ""] = classes;
  if (first === 1 && names.has(background.normalize())) throw noBackground(background, file);
  const labels = new Map<Part, number>();
  classes.slice(first).forEach((name, i) => {
    const category = names.get(name.normalize());
    if (category === undefined) throw noCategory(name, [...names.keys()], file);
    labels.set(category, i + 1);
  });
  if (labels.size < NO_CLASS) return { classes, labels };
  const reason = `it has ${labels.size.toLocaleString("en")} categories, and a mask holds ${NO_CLASS - 1}`;
  throw vlmoError("V959", { file: file.place.file ?? "", reason }, { help: "name those that are meant in `classes`" });
}

/** The name of the class of pixels outside all objects, if no list of names is given. */
const BACKGROUND = "background";

function noBackground(name: string, { place: { file = "" } }: JsonFile): VlmoError {
  const reason = "is a category, and the first class is what lies in no object";
  const help = `write "${BACKGROUND}" before it, or \`reduce_zero_label: true\`, with which such pixels are of no class`;
  return vlmoError("V978", { name, reason }, { file, help });
}

function noCategory(name: string, names: readonly string[], { place: { file = "" } }: JsonFile): VlmoError {
  const near = closest(name, names);
  const help = near === undefined ? `the categories are ${listed(names)}` : `did you mean \`${near}\`?`;
  return vlmoError("V978", { name, reason: "is not a category of the file" }, { file, help });
}

/** Null: nothing is drawn. Throws V912, V913. */
function regionOf(annotation: Part, label: number | undefined, frame: Frame): Drawn | null {
  const area = areaIn(annotation, frame);
  if (label === undefined) return null;
  return { label: isCrowd(annotation) ? NO_CLASS : label, area, pixels: pixelsOf(area) };
}

/** Whether an annotation is a crowd: a roughly outlined region of many objects. Throws V913. */
function isCrowd({ value, at, of }: Part): boolean {
  const crowd = isObject(value) ? (value["iscrowd"] ?? 0) : 0;
  if (crowd === 0 || crowd === false) return false;
  if (crowd === 1 || crowd === true) return true;
  throw vlmoError("V913", { field: `${at}.iscrowd`, wanted: "0 or 1", got: shown(crowd) }, of.place);
}

/** Throws V912, V913. */
function frameOf(image: Part): Frame {
  const side = (name: string): number => {
    const value = fieldOf(image, name);
    if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= LONGEST_SIDE) return value;
    const wanted = "the pixels along a side of the image";
    throw vlmoError("V913", { field: `${image.at}.${name}`, wanted, got: shown(value) }, image.of.place);
  };
  return { width: side("width"), height: side("height") };
}

/** Sides of readable images are shorter. */
const LONGEST_SIDE = 2 ** 16;

function itemOf(image: Part, regions: readonly Drawn[], options: Options, { images }: AnnotationReader): Item {
  const { at, of } = image;
  const name = `${path.basename(of.place.file ?? "")}:${at}`;
  const inside = { name: `mask of ${at}`, ...frameOf(image), regions: [...regions].sort(above) };
  const { place } = of;
  const mask: ImageFile = maskFile(images.imageAt({ path: place.file ?? "", inside }, place), options);
  return { name, images: [fileOf(image, images)], mask };
}

/** Crowds are drawn below everything, smaller objects above larger ones. */
function above(a: Drawn, b: Drawn): number {
  return Number(b.label === NO_CLASS) - Number(a.label === NO_CLASS) || b.pixels - a.pixels;
}
