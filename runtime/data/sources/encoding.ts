// Bytes that are not UTF-8: the first of them, and how to convert the file. An encoding is named only if the bytes show it:
// accented letters of Latin-1 occur alone between ASCII letters, other scripts in runs of bytes.
import { isUtf8 } from "node:buffer";
import { savedAsUtf8 } from "../../../grammar/index.js";
import { glanceAt } from "./glance.js";

/** Replaces bytes that are not UTF-8. */
export const lost = "\uFFFD";
const LOST = Buffer.from(lost);

/** The first byte of a line that is not UTF-8, and its letter in Windows-1252. */
export function notUtf8(bytes: Buffer): string {
  const text = bytes.toString("utf8");
  let [at, offset] = [-1, 0];
  do {
    at = text.indexOf(lost, at + 1);
    offset = Buffer.byteLength(text.slice(0, at));
  } while (bytes.subarray(offset, offset + LOST.length).equals(LOST));
  const byte = bytes[offset] ?? 0;
  const letter = new TextDecoder("windows-1252").decode(Uint8Array.of(byte));
  const also = isWestern(bytes.toString("latin1")) ? `, \`${letter}\` in Windows-1252 or Latin-1` : "";
  return `its byte ${(offset + 1).toLocaleString("en")} (0x${byte.toString(16).toUpperCase()}${also}) is not UTF-8`;
}

/** How to convert a file with bytes that are not UTF-8. */
export function repairedUtf8(file: string): string {
  const { head, tail } = glanceAt(file);
  // The sample may begin or end in the middle of a character.
  const sample = `${head.replace(/[\xc0-\xff][\x80-\xbf]{0,2}$/, "")}\n${tail.replace(/^[\x80-\xbf]{1,3}/, "")}`;
  const complete = sample.replace(almost, "");
  if (complete !== sample && isUtf8(Buffer.from(complete, "latin1"))) {
    return "it is only like UTF-8 (CESU-8, or with overlong forms): have the program that wrote it write UTF-8";
  }
  return savedAsUtf8(isWestern(sample) ? "WINDOWS-1252" : undefined, [`"${file}"`, "utf8.txt"]);
}

/** Lone surrogates in three bytes (CESU-8), and overlong forms. */
const almost =
  /\xed[\xa0-\xbf][\x80-\xbf]|[\xc0\xc1][\x80-\xbf]|\xe0[\x80-\x9f][\x80-\xbf]|\xf0[\x80-\x8f][\x80-\xbf]{2}/g;

/** Whether all non-ASCII bytes are single letters next to ASCII letters, or single marks; a character per byte. */
function isWestern(bytes: string): boolean {
  return !/[\x80-\xff]/.test(bytes.replace(western, ""));
}

const letter = String.raw`[\xc0-\xff\x8a\x8c\x8e\x9a\x9c\x9e]`;
/** The euro sign, dots, quotes, dashes and other marks in texts, and `à`. */
const mark = String.raw`[\x80\x85\x91-\x97\xa0\xa3\xa7\xa9\xab\xae\xb0\xb4\xb7\xbb\xbf\xe0]`;
const western = new RegExp(
  String.raw`(?<![\x80-\xff])(?:(?<=[a-z])${letter}|${letter}(?=[a-z])|${mark})(?![\x80-\xff])`,
  "gi",
);
