// Codes of patches that were worked out before (`targets: tokens("codes.safetensors")`): the tensor `codes` of a file, a row
// for each record of the data in their order, a column for each patch from the top left.
import path from "node:path";
import { openTensors } from "../../formats/tensor-file.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import type { Tensor } from "../../tensor.js";

/** Where codes are, and what they must be. */
export interface PatchCodes {
  /** As it is named in the specification at this path. */
  readonly file: string;
  readonly namedIn: string;
  /** Each is below it. */
  readonly count: number;
  readonly patches: number;
}

/** The name of the tensor in the file. */
const tensorName = "codes";

/** By what asks for them: a file is read once for all batches. */
const known = new WeakMap<PatchCodes, Promise<Tensor>>();

/** The codes of the record at `place`, [P]. Throws as `readPatchCodes`. */
export async function patchCodesAt(codes: PatchCodes, records: number, place: number): Promise<Int32Array> {
  const table = known.get(codes) ?? readPatchCodes(codes, records);
  known.set(codes, table);
  const { data } = await table;
  return Int32Array.from(data.subarray(place * codes.patches, (place + 1) * codes.patches));
}

/** Codes of `records` records, [N, P]. Throws V926 where the file has others, and V920, V921, V922, V924 where it has none. */
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
