// Translates complaints of image decoders into our own words; theirs appear in no message.

/** Timeout for decoding one image, in seconds. The largest allowed image takes a few. */
export const DECODING_SECONDS = 60;

const reasons: readonly (readonly [complaint: RegExp, reason: string])[] = [
  [/premature end of JPEG|unexpected end of GIF|read error at scanline|can ?not read TIFF directory/i, "it is cut off"],
  [/compression (support|scheme)|Unsupported (JPEG process|marker type)/i, "its compression is not supported"],
  [/JPEG data precision/i, "its samples have more than 8 bits, which is not supported for JPEG"],
  [
    /labq|multiband|channel limit|vector must have/i,
    "its channels are not grey, RGB or CMYK, with or without transparency",
  ],
  [/out of memory|not allocate/i, "it does not fit into memory"],
  [/^timeout/i, `it takes longer than ${DECODING_SECONDS} seconds to decode`],
  [/does not exist|input file is missing|unable to open/i, "it was removed while it was being read"],
];

/** Why a decoder failed. The last known complaint counts, since earlier ones may be about other images. */
export function decoderReason({ message }: Error): string {
  const complaints = message.split("\n").reverse();
  const known = complaints.flatMap((line) => reasons.filter(([complaint]) => complaint.test(line)));
  return known[0]?.[1] ?? "it is cut off or damaged";
}
