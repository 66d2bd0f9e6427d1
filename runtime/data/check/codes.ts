// Checks the patch codes in files against the data they belong to.
import type { HeadSpec, ModelSpec } from "../../../compiler/index.js";
import { mistakesIn, placedAt, type VlmoError } from "../../errors/vlmo-error.js";
import { readPatchCodes } from "../batches/patch-codes.js";
import { recordsOf, type DataSet } from "../sources/data-set.js";
import { needsOf } from "../stage-data.js";

/** Mistakes in the patch codes that heads read from files, for all data they read. */
export async function codeMistakes(model: ModelSpec, heads: readonly HeadSpec[], all: DataSet): Promise<VlmoError[]> {
  const looks = heads.map(async (head) => {
    const { patchCodes } = needsOf({ model, heads: [head], augment: [], tokenizer: null, images: 1 });
    const [codes] = patchCodes?.values() ?? [];
    if (codes === undefined) return [];
    return readPatchCodes(codes, recordsOf(all)).then(
      () => [],
      (error: unknown) => mistakesIn(error).map((mistake) => placedAt(mistake, head.span)),
    );
  });
  return (await Promise.all(looks)).flat();
}
