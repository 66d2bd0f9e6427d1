// Small pictures of examples in the run folder: each source once, named by the evaluation it belongs to.
import { writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { overlaid, thumbnail, type ImageSource, type PixelSource } from "../data/index.js";
import { makeFolder } from "../formats/make-folder.js";
import { systemError } from "../errors/system-error.js";
import type { Overlay, Sample, SampleOf } from "./samples.js";

/** The folder of pictures in a run folder. */
const place = "pictures";

/** Pixels of the longer side: sharp on dense screens at half that size. */
const side = 192;

/** The samples with their pictures as paths in `folder`. Throws V917, V923. */
export async function storePictures(
  samples: readonly Sample[],
  { folder, name }: { readonly folder: string; readonly name: string },
): Promise<SampleOf<string>[]> {
  const paths = new Map<string, string>();
  const store = async (source: ImageSource | PixelSource | Overlay): Promise<string> => {
    const known = paths.get(source.key);
    if (known !== undefined) return known;
    const { bytes, ending } = await (source.kind === "overlay" ? overlaid(source, side) : thumbnail(source, side));
    const path = posix.join(place, `${name}-${paths.size + 1}.${ending}`);
    paths.set(source.key, path);
    await writeFile(join(folder, path), bytes).catch((error: unknown) => {
      throw systemError("V923", join(folder, path), error);
    });
    return path;
  };
  await makeFolder(join(folder, place));
  const stored: SampleOf<string>[] = [];
  for (const sample of samples) stored.push(await withPictures(sample, store));
  return stored;
}

async function withPictures(
  sample: Sample,
  store: (source: ImageSource | PixelSource | Overlay) => Promise<string>,
): Promise<SampleOf<string>> {
  const pictures: string[] = [];
  for (const source of sample.pictures) pictures.push(await store(source));
  if (sample.form === "reconstructed") return { ...sample, pictures, made: await store(sample.made) };
  if (sample.form === "regions")
    return { ...sample, pictures, said: await store(sample.said), truth: await store(sample.truth) };
  if (sample.form !== "ranked") return { ...sample, pictures };
  const ranked = [];
  for (const { picture, ...rest } of sample.ranked)
    ranked.push(picture === undefined ? rest : { ...rest, picture: await store(picture) });
  return { ...sample, pictures, ranked };
}
