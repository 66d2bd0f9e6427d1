// What the decoders complain of, in our words. Theirs are in no message.

/** Seconds that the decoding of one image may take. The largest that is allowed takes a few. */
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

/** Why a decoder gave up. The last known complaint counts: those before it may be of other images. */
export function decoderReason({ message }: Error): string {
  const complaints = message.split("\n").reverse();
  const known = complaints.flatMap((line) => reasons.filter(([complaint]) => complaint.test(line)));
  return known[0]?.[1] ?? "it is cut off or damaged";
}
