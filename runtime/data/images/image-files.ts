// Image files named by records: they must exist inside their folder, with links resolved, since records may come from anyone.
import { lstatSync, readlinkSync, realpathSync, statSync, type Stats } from "node:fs";
import path from "node:path";
import { systemError, systemReason } from "../../errors/system-error.js";
import { vlmoError, type Location, type VlmoError } from "../../errors/vlmo-error.js";
import type { CropGrid, ImageFile } from "../sources/data-set.js";
import { shortened, shown } from "../sources/json-text.js";
import { imageName } from "./image-bytes.js";
import { NearNames } from "../sources/near-names.js";

/** A folder's path with links resolved. Throws V910. */
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

/** What a name resolves to: a file, or the mistake of a record with it. */
type Found = { readonly file: string } | { readonly mistake: Mistake };

type Mistake = (place: Location) => VlmoError;

/** The settings of a data block about its images. */
interface FolderSettings {
  /** Other folders that paths and links may lead to. */
  readonly allow?: readonly string[];
  readonly crop_grid?: CropGrid | undefined;
}

/** A folder of images with a cache of resolved names: each is looked up once, however many records have it. */
export class ImageFolder {
  /** Its path with links resolved. */
  readonly path: string;
  /** Folders that paths may lead to as written, and with links resolved. */
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

  /** Whether a resolved path may be read. */
  holds(real: string): boolean {
    return this.real.some((folder) => folder === real || isInside(folder, real));
  }

  /** An image file in the folder, or inside another file, with the settings of the block. */
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

  /** A folder with links resolved; null if there is none. Cached, since folders hold many images. */
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

  /** V915 for a path that leads out of the folder. */
  outside(name: string, help: string | undefined): Mistake {
    const holes = { path: shortened(name, LONGEST), folder: this.path };
    return (place) => vlmoError("V915", holes, { ...place, help });
  }
}

/** What to do about a link out of the folder; `real` is the folder it leads to or into. */
export function linkHelp(name: string, real: string): string {
  const allow = `allow: ${JSON.stringify(real)}`;
  return `links lead from \`${name}\` to \`${real}\`: if that is intended, write \`${allow}\`, or a folder around it, in the data block`;
}

/** What is wrong with a broken link. */
export function brokenLink(link: string): string {
  return `it is a link to \`${readlinkSync(link)}\`, which does not exist`;
}

function missing(named: string, but?: string, help?: string): Found {
  const holes = { path: shortened(named, LONGEST), ...(but !== undefined && { but }) };
  return { mistake: (place) => vlmoError("V916", holes, { ...place, help }) };
}

/** The longest path shown in a message. */
const LONGEST = 400;

/** Where an image is named. */
export interface Naming {
  readonly images: ImageFolder;
  /** The name of the field in messages. */
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
