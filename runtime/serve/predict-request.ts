// Parses a request from its fields: a field is a row. Images are accepted as bytes only: no local file name and no URL is ever
// followed.
import { PLACE, usualTemplate } from "../predict/candidates.js";
import type { Field, Fields, SentFile } from "./fields.js";
import { limits } from "./limits.js";
import { refusal } from "./refusal.js";

/** A parsed request. */
export interface PredictRequest {
  readonly images: readonly SentFile[];
  readonly texts: readonly string[];
  readonly classes: readonly string[];
  readonly template: string | undefined;
  /** Null for the head that reads the given inputs. */
  readonly head: string | null;
  readonly top: number | undefined;
  /** Whether overlays of masks on their images are returned too. */
  readonly overlay: boolean;
}

const known = ["image", "images", "text", "texts", "classes", "template", "head", "top", "overlay"];

/** Reads the fields of a body. Throws Refusal. */
export function predictRequest(fields: Fields): PredictRequest {
  const stranger = [...fields.keys()].find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw refusal("form", `it has a field \`${shown(stranger)}\``, { help: `its fields are ${known.join(", ")}` });
  }
  const all = (...names: string[]): unknown[] => names.flatMap((name) => fields.get(name)?.values ?? []);
  const images = all("image", "images").map(imageIn);
  const texts = all("text", "texts").map((value) => textIn("texts", value));
  const classes = classesIn(fields.get("classes"));
  const [template, head, top] = ["template", "head", "top"].map((name) => alone(name, fields));
  expectFew("images", images.length, limits.images);
  expectFew("texts and classes", texts.length + classes.length, limits.texts);
  return {
    images,
    texts,
    classes,
    template: template === undefined ? undefined : templateIn(template),
    head: head === undefined ? null : textIn("head", head),
    top: top === undefined ? undefined : wholeIn("top", top),
    overlay: flagIn("overlay", alone("overlay", fields) ?? false),
  };
}

/** The value of a field that may be given only once. */
function alone(name: string, fields: Fields): unknown {
  const [value, second] = fields.get(name)?.values ?? [];
  if (second !== undefined) throw refusal("form", `its \`${name}\` is given more than once`);
  return value;
}

function expectFew(what: string, count: number, most: number): void {
  if (count <= most) return;
  const help = "split it into several requests";
  throw refusal("size", `it has ${count.toLocaleString("en")} ${what}, and ${most.toLocaleString("en")} are read`, {
    help,
  });
}

function textIn(field: string, value: unknown): string {
  if (typeof value !== "string") throw wrong(field, "text");
  if (value.length <= limits.characters) return value;
  throw refusal(
    "size",
    `a text in its \`${field}\` has more than ${limits.characters.toLocaleString("en")} characters`,
  );
}

function templateIn(value: unknown): string {
  const template = textIn("template", value);
  if (template.includes(PLACE)) return template;
  const help = `write ${PLACE} where the name goes, as in "${usualTemplate}"`;
  throw refusal("form", `its \`template\` has no ${PLACE}`, { help });
}

/** Names in a list, unchanged; a text is split at its commas. */
function classesIn(field: Field | undefined): string[] {
  const texts = (field?.values ?? []).map((value) => {
    if (typeof value !== "string") throw wrong("classes", "a list of texts");
    return value;
  });
  const names = field?.isList === true ? texts : texts.flatMap((text) => text.split(",")).map((name) => name.trim());
  return names.filter((name) => name !== "").map((name) => textIn("classes", name));
}

function wholeIn(field: string, value: unknown): number {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= 1 && number <= limits.top) return number;
  throw wrong(field, `a whole number from 1 to ${limits.top.toLocaleString("en")}`);
}

function flagIn(field: string, value: unknown): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw wrong(field, "true or false");
}

function wrong(field: string, wanted: string): Error {
  return refusal("form", `its \`${field}\` should be ${wanted}`);
}

/** An uploaded file, base64, or base64 with a name. */
function imageIn(value: unknown, index: number): SentFile {
  const name = `image ${index + 1}`;
  if (isFile(value)) return { ...value, name: value.name === "" ? name : shown(value.name) };
  if (typeof value === "string") return { name, bytes: bytesIn(value, name) };
  if (typeof value === "object" && value !== null && "data" in value && typeof value.data === "string") {
    const own = "name" in value && typeof value.name === "string" ? shown(value.name) : name;
    return { name: own, bytes: bytesIn(value.data, own) };
  }
  const help = 'send the bytes of a file as base64: "…", or {"name": "dog.jpg", "data": "…"}';
  throw refusal("form", `its ${name} is neither base64 nor a file`, { help });
}

function isFile(value: unknown): value is SentFile {
  return typeof value === "object" && value !== null && "bytes" in value && Buffer.isBuffer(value.bytes);
}

/** Strict base64: `Buffer.from` ignores invalid characters. */
function bytesIn(text: string, name: string): Buffer {
  const plain = text.replace(/^data:[\w.+/-]*;base64,/, "").replaceAll(/\s/g, "");
  if (plain !== "" && /^[\w+/-]*={0,2}$/.test(plain)) return Buffer.from(plain, "base64");
  const help = "send the bytes of the file; paths and addresses are not followed";
  throw refusal("form", `its \`${name}\` is not base64`, { help });
}

/** A name from a client, shortened for a message. */
function shown(name: string): string {
  return name.length <= 200 ? name : `${name.slice(0, 199)}…`;
}
