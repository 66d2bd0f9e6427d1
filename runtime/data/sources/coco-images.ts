// The images of COCO's annotations, which captions and outlines refer to by id.
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import type { ImageFile } from "./data-set.js";
import { imageFile, type ImageFolder } from "../images/image-files.js";
import { idIn, isObject, textAt, type JsonFile, type Part } from "./json-file.js";
import { shown } from "./json-text.js";
import { attempted } from "./record-set.js";

/** Objects by id. */
export type ById = ReadonlyMap<number | string, Part>;

/** The objects of a list by id. Duplicate ids are mistakes, and are left out. */
export function byId(list: readonly unknown[], name: string, of: JsonFile, problems: VlmoError[]): ById {
  const found = new Map<number | string, Part>();
  for (const [index, value] of list.entries()) {
    const part = { value, at: `${name}[${index}]`, of };
    attempted(problems, () => {
      const id = idIn(part, "id");
      if (!found.has(id)) return found.set(id, part);
      const holes = { field: `${part.at}.id`, wanted: `a number that occurs once in \`${name}\``, got: shown(id) };
      throw vlmoError("V913", holes, of.place);
    });
  }
  return found;
}

/** The object in the list `name` that `field` of an annotation refers to. Throws V912, V913. */
export function namedBy(annotation: Part, field: string, { parts, name }: { parts: ById; name: string }): Part {
  const id = idIn(annotation, field);
  const found = parts.get(id);
  if (found !== undefined) return found;
  const { at, of } = annotation;
  const isOther = parts.has(typeof id === "number" ? String(id) : Number(id));
  if (!isOther) {
    const holes = { field: `${at}.${field}`, wanted: `the \`id\` of an entry of \`${name}\``, got: shown(id) };
    throw vlmoError("V913", holes, of.place);
  }
  // Ids as numbers and as texts are different.
  const [wanted, got] = typeof id === "number" ? ["a text", "the number"] : ["a number", "the text"];
  const help = `write \`id\` and \`${field}\` alike, both as numbers or both as texts`;
  const holes = {
    field: `${at}.${field}`,
    wanted: `${wanted}, as the \`id\` that it names is`,
    got: `${got} ${shown(id)}`,
  };
  throw vlmoError("V913", holes, { ...of.place, help });
}

/** The file of an image. Throws V912 – V916. */
export function fileOf(image: Part, images: ImageFolder): ImageFile {
  const naming = { images, field: `${image.at}.file_name`, place: image.of.place };
  return imageFile(textAt(image, "file_name"), naming);
}

/** Names of image files, for notes. */
export function fileNames(images: readonly Part[]): string[] {
  return images.map(({ value, at }) => {
    const name = isObject(value) ? value["file_name"] : undefined;
    return typeof name === "string" ? name : at;
  });
}
