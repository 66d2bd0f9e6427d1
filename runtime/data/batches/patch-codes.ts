// Precomputed codes of patches (`targets: tokens("codes.safetensors")`): the tensor `codes` of a file, with a row for each
// record of the data in order, and a column for each patch from the top left.
import path from "node:path";
import { openTensors } from "../../formats/tensor-file.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import type { Tensor } from "../../tensor.js";

/** The file of codes, and the expected size. */
export interface PatchCodes {
  /** As named in the specification at `path`. */
  readonly file: string;
  readonly namedIn: string;
  /** The number of different codes: each is smaller. */
  readonly count: number;
  readonly patches: number;
}

/** The name of the tensor in the file. */
const tensorName = "codes";

/** A file is read once for all batches. */
const known = new WeakMap<PatchCodes, Promise<Tensor>>();

/** The codes [P] of the record at `place`. Throws as `readPatchCodes`. */
export async function patchCodesAt(codes: PatchCodes, records: number, place: number): Promise<Int32Array> {
  const table = known.get(codes) ?? readPatchCodes(codes, records);
  known.set(codes, table);
  const { data } = await table;
  return Int32Array.from(data.subarray(place * codes.patches, (place + 1) * codes.patches));
}

/**
 * Codes of `records` records, [N, P]. Throws V926 if the codes do not fit, and V920, V921, V922, V924 if they cannot be read.
 */
export async function readPatchCodes(
  { file: named, namedIn, count, patches }: PatchCodes,
  records: number,
): Promise<Tensor> {
  const file = path.resolve(path.dirname(namedIn), named);
  const opened = await openTensors(file);
  try {
    const found = opened.tensors.find(({ key }) => key === tensorName);
    if (found === undefined) throw misfit(file, `it holds no tensor \`${tensorName}\``);
    const [rows, columns] = found.shape;
    if (found.shape.length !== 2 || rows !== records || columns !== patches) {
      const wanted = `[${records}, ${patches}], a row for each record of the data and a column for each patch`;
      throw misfit(file, `\`${tensorName}\` is [${found.shape.join(", ")}] and should be ${wanted}`);
    }
    const tensor = await found.read();
    const wrong = tensor.data.findIndex((code: number) => !Number.isInteger(code) || code < 0 || code >= count);
    if (wrong >= 0) {
      const place = `[${Math.floor(wrong / patches)}, ${wrong % patches}]`;
      throw misfit(file, `\`${tensorName}\` holds ${tensor.data[wrong]} at ${place}, and codes are 0..${count - 1}`);
    }
    return tensor;
  } finally {
    await opened.close();
  }
}

function misfit(file: string, problems: string): Error {
  const help = "write the codes of these data as int32, in the order of their records (docs/visual-tokens.md)";
  return vlmoError("V926", { file, problems }, { help });
}
