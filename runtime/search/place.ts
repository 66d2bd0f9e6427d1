// The place to search: a file of vectors, or a folder or records whose vectors are stored in a file beside them.
import path from "node:path";
import { fingerprintOf } from "../checkpoint/index.js";
import { aboutOf, differenceOf, type About } from "../embed/about.js";
import { firstOfEach, pictureAt, type Entry } from "../embed/entry.js";
import { featureFor, type Feature } from "../embed/feature.js";
import { entriesFor } from "../embed/inputs.js";
import { keepVectors, nothingDone, type Keeping, type Kept } from "../embed/keep.js";
import { openVectors, type VectorsFile } from "../embed/vectors-file.js";
import type { Precision } from "../../compiler/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { LeftOut } from "../predict/asking.js";
import type { TrainedModel } from "../predict/model.js";
import { isFolder, type Inputs } from "../predict/questions.js";

/** The place to search, and its file of vectors. */
export interface SearchPlace {
  readonly file: string;
  readonly feature: Feature;
  /** The entries that the file should hold; null where it holds them already. */
  readonly entries: readonly Entry[] | null;
  /** Missing images that it names (a disk may be unmounted). Their vectors are kept. */
  readonly gone: ReadonlySet<string>;
  /** Whether the file is ours, made for this place, and may be rewritten. */
  readonly isOurs: boolean;
}

/** Options of a place. */
export interface PlaceOptions {
  readonly model: TrainedModel;
  readonly precision: Precision;
  /** The feature; null for that of the file, or of the contrastive head. */
  readonly feature: string | null;
  /** The file for vectors of a folder or of records; null: beside them. */
  readonly keptIn: string | null;
  readonly inputs: Inputs;
  /** Called for each image of a folder that cannot be read; without it such an image ends the call with an error. */
  readonly leftOut?: LeftOut;
}

/** Examines a file of vectors, a folder of images, or records. Throws V909, V910, V948, V949. */
export async function placeAt(named: string, options: PlaceOptions): Promise<SearchPlace> {
  const { model, feature: name, keptIn, inputs, leftOut } = options;
  const where = path.resolve(named);
  const isImages = isFolder(named, "name a file that `vlmo embed` has written, a folder of images, or records");
  if (!isImages && !/\.(jsonl|ndjson|json|csv|tsv|tab)$/i.test(named)) return vectorsAt(named, options);
  const feature = featureFor(model.stage, name);
  const searched = isImages ? { ...inputs, images: [where] } : { ...inputs, records: where };
  // In records an image may occur once for each of its captions.
  const entries = firstOfEach(await entriesFor(feature, searched, leftOut && { leftOut }), (entry) => entry);
  return { file: keptIn ?? `${where}.vectors.safetensors`, feature, entries, gone: new Set(), isOurs: true };
}

/** Updates the vectors of a place, and reports the work done. Throws as `keepVectors`. */
export async function broughtUpToDate(
  { file, feature, entries, isOurs }: SearchPlace,
  keeping: Omit<Keeping, "file" | "feature" | "entries" | "unlike">,
): Promise<{ readonly vectors: VectorsFile; readonly kept: Kept }> {
  const unlike = isOurs ? "replace" : "refuse";
  const kept = entries === null ? null : await keepVectors({ ...keeping, file, feature, entries, unlike });
  const vectors = await openVectors(file);
  return { vectors, kept: kept ?? { ...nothingDone, rows: vectors.count } };
}

/** A file of vectors made by the user, compared with its images as they are now. */
async function vectorsAt(file: string, { model, precision, feature: name }: PlaceOptions): Promise<SearchPlace> {
  const vectors = await openVectors(file);
  const { about } = vectors;
  const help = "name the model that made them, or make vectors of this one with `vlmo embed`";
  const refuse = (wanted: About): void => {
    const differs = differenceOf(about, wanted);
    if (differs !== null) throw vlmoError("V949", { file, differs }, { help });
  };
  // Another model has different features.
  refuse({ ...about, model: fingerprintOf(model.manifest), stage: model.stage.name });
  const feature = featureFor(model.stage, name ?? about.feature);
  refuse(aboutOf(model, feature, precision));
  return { file, feature, ...imagesNow(vectors), isOurs: false };
}

/** Examines every image; entries are collected only where one has changed. */
function imagesNow({ count, entry }: VectorsFile): Pick<SearchPlace, "entries" | "gone"> {
  const gone = new Set<string>();
  let changed = 0;
  for (let row = 0; row < count; row++) {
    const { image } = entry(row);
    if (image === undefined) continue;
    const now = pictureAt(image.path);
    if (now === null) gone.add(image.path);
    else if (now.bytes !== image.bytes || now.modified !== image.modified) changed++;
  }
  return { entries: changed === 0 ? null : Array.from({ length: count }, (_, row) => entryNow(entry(row))), gone };
}

function entryNow(was: Entry): Entry {
  const image = was.image && pictureAt(was.image.path);
  return image === undefined || image === null ? was : { ...was, image };
}
