// Image files that records name: inside their folder, links followed, and there. Records may come from anyone.
import { lstatSync, readlinkSync, realpathSync, statSync, type Stats } from "node:fs";
import path from "node:path";
import { systemError, systemReason } from "../../errors/system-error.js";
import { vlmoError, type Location, type VlmoError } from "../../errors/vlmo-error.js";
import type { CropGrid, ImageFile } from "../sources/data-set.js";
import { shortened, shown } from "../sources/json-text.js";
import { imageName } from "./image-bytes.js";
import { NearNames } from "../sources/near-names.js";

/** A folder's own path, links followed. Throws V910. */
function realFolder(folder: string): string {
  try {
    const real = realpathSync.native(folder);
    if (statSync(real).isDirectory()) return real;
  } catch (error) {
    throw systemError("V910", folder, error);
  }
  const help = "name the folder that the files are in; `format: jsonl` reads a file of records";
  throw vlmoError("V910", { file: folder, reason: "it is a file, not a folder" }, { help });
}

/** What a name stands for: a real file, or the mistake that it is in a record. */
type Found = { readonly file: string } | { readonly mistake: Mistake };

type Mistake = (place: Location) => VlmoError;

/** What a data block says of a folder of images. */
interface FolderSettings {
  /** Other folders that paths and links may lead to. */
  readonly allow?: readonly string[];
  readonly crop_grid?: CropGrid | undefined;
}

/** A folder of images with what is known of the names in it: a name is looked up once, however many records have it. */
export class ImageFolder {
  /** Its own path, links followed. */
  readonly path: string;
  /** Where paths may lead to as they are written, and where to with links followed. */
  private readonly written: readonly string[];
  private readonly real: readonly string[];
  private readonly found = new Map<string, Found>();
  private readonly folders = new Map<string, string | null>();
  private readonly near: NearNames;

  private readonly cropGrid: CropGrid | undefined;

  /** Throws V910. */
  constructor(named: string, { allow = [], crop_grid: cropGrid }: FolderSettings = {}) {
    this.path = realFolder(named);
    const others = allow.map((folder) => realFolder(folder));
    this.real = [this.path, ...others];
    this.written = [...this.real, named, ...allow];
    this.near = new NearNames(this.path);
    this.cropGrid = cropGrid;
  }

  find(name: string): Found {
    const known = this.found.get(name) ?? this.look(name);
    this.found.set(name, known);
    return known;
  }

  /** Whether a real path is one that may be read. */
  holds(real: string): boolean {
    return this.real.some((folder) => folder === real || isInside(folder, real));
  }

  /** The image that is a file of the folder, or lies inside a file, as the block wants it. */
  imageAt(file: Pick<ImageFile, "path" | "inside">, place: Location): ImageFile {
    const image = { kind: "file", key: imageName(file), ...file, place } as const;
    const { cropGrid } = this;
    return cropGrid === undefined ? image : { ...image, key: `${image.key}${JSON.stringify(cropGrid)}`, cropGrid };
  }

  private look(name: string): Found {
    const named = path.resolve(this.path, name);
    if (!this.written.some((folder) => isInside(folder, named)))
      return { mistake: this.outside(name, this.near.outside(name)) };
    try {
      const folder = this.folder(path.dirname(named));
      const file = folder === null ? null : path.join(folder, path.basename(named));
      const stat = file === null ? undefined : lstatSync(file, { throwIfNoEntry: false });
      if (file === null || stat === undefined) return this.absent(name, named);
      return stat.isSymbolicLink() ? this.linked(name, file) : this.reached(name, file, stat);
    } catch (error) {
      return missing(named, systemReason(error));
    }
  }

  /** A folder with links followed; null where there is none. Images lie many in a folder. */
  private folder(named: string): string | null {
    const known = this.folders.get(named);
    if (known !== undefined) return known;
    const real = statSync(named, { throwIfNoEntry: false }) === undefined ? null : realpathSync.native(named);
    this.folders.set(named, real);
    return real;
  }

  private absent(name: string, named: string): Found {
    const respelled = this.near.respelled(named);
    return respelled === undefined ? missing(named, undefined, this.near.hint(name)) : this.find(respelled);
  }

  private linked(name: string, link: string): Found {
    const stat = statSync(link, { throwIfNoEntry: false });
    if (stat === undefined) return missing(link, brokenLink(link));
    return this.reached(name, realpathSync.native(link), stat);
  }

  private reached(name: string, real: string, stat: Stats): Found {
    if (!this.holds(real)) return { mistake: this.outside(name, linkHelp(name, path.dirname(real))) };
    if (stat.isFile()) return { file: real };
    return missing(real, stat.isDirectory() ? "it is a folder" : "it is a pipe or a device");
  }

  /** V915 for a path that leads elsewhere. */
  outside(name: string, help: string | undefined): Mistake {
    const holes = { path: shortened(name, LONGEST), folder: this.path };
    return (place) => vlmoError("V915", holes, { ...place, help });
  }
}

/** What to do about a link out of the folder: `real` is the folder that it leads to or into. */
export function linkHelp(name: string, real: string): string {
  const allow = `allow: ${JSON.stringify(real)}`;
  return `links lead from \`${name}\` to \`${real}\`: if that is intended, write \`${allow}\`, or a folder around it, in the data block`;
}

/** What is wrong with a link to nothing. */
export function brokenLink(link: string): string {
  return `it is a link to \`${readlinkSync(link)}\`, which does not exist`;
}

function missing(named: string, but?: string, help?: string): Found {
  const holes = { path: shortened(named, LONGEST), ...(but !== undefined && { but }) };
  return { mistake: (place) => vlmoError("V916", holes, { ...place, help }) };
}

/** Characters of a path in a message. */
const LONGEST = 400;

/** Where an image is named, and what may be in that place. */
export interface Naming {
  readonly images: ImageFolder;
  /** What the path is called in messages. */
  readonly field: string;
  readonly place: Location;
}

/** The file that a value names. Throws V913, V915, V916. */
export function imageFile(value: unknown, { images, field, place }: Naming): ImageFile {
  if (typeof value !== "string" || value.trim() === "" || value.includes("\0")) {
    throw vlmoError("V913", { field, wanted: "a path", got: shown(value) }, place);
  }
  const found = images.find(value);
  if ("mistake" in found) throw found.mistake(place);
  return images.imageAt({ path: found.file }, place);
}

function isInside(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== "" && relative.split(path.sep)[0] !== ".." && !path.isAbsolute(relative);
}
