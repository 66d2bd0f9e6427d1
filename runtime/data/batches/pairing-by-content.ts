// The pairing of a data set in which images are identified by their bytes. Apart from pairing.ts, since pages in a browser have no
// image files.
import { copiesIn } from "../describe/contents.js";
import type { DataSet } from "../sources/data-set.js";
import { pairing, type Pairing } from "./pairing.js";

const known = new WeakMap<DataSet, Promise<Pairing>>();

/**
 * The pairing of a data set of pairs in which copies of an image count as that image, as in an archive with one sample for each
 * caption; computed once. Reads all images of which another one has the same size: for evaluations, whose data are small.
 */
export function pairingByContent(dataSet: DataSet): Promise<Pairing> {
  const found = known.get(dataSet) ?? copiesIn(dataSet).then((copies) => pairing(dataSet, copies));
  known.set(dataSet, found);
  return found;
}
