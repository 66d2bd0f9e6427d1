// What is searched: a file of vectors, or a folder or records whose vectors are kept in a file beside them.
import { statSync } from "node:fs";
import path from "node:path";
import { fingerprintOf } from "../checkpoint/index.js";
import { aboutOf, differenceOf, type About } from "../embed/about.js";
import { pictureAt, type Entry } from "../embed/entry.js";
import { featureFor, type Feature } from "../embed/feature.js";
import { entriesFor, type NamedFields } from "../embed/inputs.js";
import { keepVectors, nothingDone, type Keeping, type Kept } from "../embed/keep.js";
import { openVectors, type VectorsFile } from "../embed/vectors-file.js";
import type { Precision } from "../../compiler/index.js";
import { systemError } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { TrainedModel } from "../predict/model.js";
import type { Inputs } from "../predict/questions.js";

/** What is searched, and where its vectors are. */
export interface SearchPlace {
  readonly file: string;
  readonly feature: Feature;
  /** What the file is to hold; null where it holds that. */
  readonly entries: readonly Entry[] | null;
  /** Whether the file is ours, made for what is searched, and may be made anew. */
  readonly isOurs: boolean;
}

/** How the place is named. */
export interface PlaceOptions {
  readonly model: TrainedModel;
  readonly precision: Precision;
  /** Of which vectors; null: those of the file, or of the contrast. */
  readonly feature: string | null;
  /** Where vectors of a folder or of records are kept; null: beside them. */
  readonly keptIn: string | null;
  readonly inputs: Inputs;
  readonly fields: NamedFields;
}

/** Looks at a file of vectors, a folder of images, or records. Throws V909, V910, V948, V949. */
export async function placeAt(named: string, options: PlaceOptions): Promise<SearchPlace> {
  const { model, feature: name, keptIn, inputs, fields } = options;
  const isRecords = /\.(jsonl|ndjson|json|csv|tsv|tab)$/i.test(named);
  if (!isFolder(named) && !isRecords) return vectorsAt(named, options);
  const feature = featureFor(model.stage, name);
  const where = path.resolve(named);
  const searched = isRecords ? { ...inputs, records: where } : { ...inputs, images: [where] };
  const entries = await entriesFor(feature, searched, { fields });
  return { file: keptIn ?? `${where}.vectors.safetensors`, feature, entries, isOurs: true };
}

/** The vectors of a place, brought up to date, and what that took. Throws as `keepVectors`. */
export async function vectorsOf(
  { file, feature, entries, isOurs }: SearchPlace,
  keeping: Omit<Keeping, "file" | "feature" | "entries" | "unlike">,
): Promise<{ readonly vectors: VectorsFile; readonly kept: Kept }> {
  const unlike = isOurs ? "replace" : "refuse";
  const kept = entries === null ? null : await keepVectors({ ...keeping, file, feature, entries, unlike });
  const vectors = await openVectors(file);
  return { vectors, kept: kept ?? { ...nothingDone, rows: vectors.count } };
}

function isFolder(named: string): boolean {
  try {
    return statSync(named).isDirectory();
  } catch (error) {
    throw systemError(
      "V910",
      named,
      error,
      "name a file that `vlmo embed` has written, a folder of images, or records",
    );
  }
}

/** Its rows, as their images are now; those whose image is gone are no longer among them. */
async function vectorsAt(file: string, { model, precision, feature: name }: PlaceOptions): Promise<SearchPlace> {
  const vectors = await openVectors(file);
  const { about } = vectors;
  const help = "name the model that made them, or make vectors of this one with `vlmo embed`";
  const refuse = (wanted: About): void => {
    const differs = differenceOf(about, wanted);
    if (differs !== null) throw vlmoError("V949", { file, differs }, { help });
  };
  // Another model has other features.
  refuse({ ...about, model: fingerprintOf(model.manifest), stage: model.stage.name });
  const feature = featureFor(model.stage, name ?? about.feature);
  refuse(aboutOf(model, feature, precision));
  return { file, feature, entries: entriesNow(vectors), isOurs: false };
}

/** Null where all images are as they were, which is found out without holding all rows. */
function entriesNow({ count, entry }: VectorsFile): Entry[] | null {
  let row = 0;
  while (row < count && isAsItWas(entry(row))) row++;
  if (row === count) return null;
  return Array.from({ length: count }, (_, each) => entry(each)).flatMap((was) => {
    if (was.image === undefined) return [was];
    const image = pictureAt(was.image.path);
    return image === null ? [] : [{ ...was, image }];
  });
}

function isAsItWas({ image }: Entry): boolean {
  if (image === undefined) return true;
  const now = pictureAt(image.path);
  return now?.bytes === image.bytes && now.modified === image.modified;
}
