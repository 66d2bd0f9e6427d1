// Suggestions for missing files: the same name in another Unicode normalisation form (macOS decomposes accents, others do not),
// and similar names that a record may have meant.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** Searches a folder for names that are missing there; listings are cached. */
export class NearNames {
  private readonly listings = new Map<string, Listing>();

  constructor(private readonly folder: string) {}

  /** The path of the only file whose name is the same in another normalisation form. */
  respelled(named: string): string | undefined {
    if (/^[\0-\x7f]*$/.test(named)) return undefined;
    let at = this.folder;
    for (const part of path.relative(this.folder, named).split(path.sep)) {
      const exact = path.join(at, part);
      const [same, second] = existsSync(exact) ? [part] : (this.listing(at).forms.get(part.normalize()) ?? []);
      if (same === undefined || second !== undefined) return undefined;
      at = path.join(at, same);
    }
    return at === named ? undefined : at;
  }

  /** What to do about a missing name; undefined if no name is similar. */
  hint(name: string): string | undefined {
    const around = {
      folder: path.basename(this.folder),
      exists: (other: string) => existsSync(path.resolve(this.folder, other)),
    };
    const said = hints.find(({ isIt }) => isIt(name, around));
    return said?.help(name, around) ?? this.likeNamed(name);
  }

  /** What to do about a path that leads out of the folder. */
  outside(name: string): string | undefined {
    const inside = name.replace(/^[/\\]+/, "");
    if (drive.test(name)) return driveHelp();
    if (isImageAsText(name)) return imageAsTextHelp();
    if (inside === name || !existsSync(path.resolve(this.folder, inside))) return undefined;
    return `paths start from the \`images\` folder: leave out the slash at the beginning, \`${inside}\``;
  }

  /** Another name in the same folder that differs only in case, in its extension, or in everything except its number. */
  private likeNamed(name: string): string | undefined {
    const named = path.resolve(this.folder, name);
    const { folded, stems, numbers } = this.listing(path.dirname(named));
    const wanted = path.basename(named).normalize();
    const like = folded.get(folding(wanted));
    if (like !== undefined) return `there is \`${like}\`: ${differenceOf(like.normalize(), wanted)} are distinguished`;
    const other = stems.get(stem(wanted));
    if (other !== undefined) return `there is \`${other}\`, with another extension`;
    // Long numbers identify images; `dog_1.jpg` has nothing to do with `cat_1.jpg`.
    const same = /\d{6}\.[^.]+$/.test(wanted) ? numbers.get(numberOf(wanted) ?? "") : undefined;
    if (same === undefined) return undefined;
    return `there is \`${same}\`, of the same number; \`image_names\` of \`format: vqa2\` says how such names are made`;
  }

  private listing(folder: string): Listing {
    const known = this.listings.get(folder) ?? listed(folder);
    this.listings.set(folder, known);
    return known;
  }
}

interface Listing {
  /** Names by their composed form. */
  readonly forms: ReadonlyMap<string, readonly string[]>;
  readonly folded: ReadonlyMap<string, string>;
  readonly stems: ReadonlyMap<string, string>;
  readonly numbers: ReadonlyMap<string, string>;
}

function listed(folder: string): Listing {
  const names = namesIn(folder);
  const forms = new Map<string, string[]>();
  for (const name of names) {
    const form = name.normalize();
    forms.set(form, [...(forms.get(form) ?? []), name]);
  }
  return {
    forms,
    folded: new Map(names.map((name) => [folding(name), name])),
    stems: new Map(names.map((name) => [stem(name.normalize()), name])),
    numbers: new Map(
      names.flatMap((name) => {
        const number = numberOf(name);
        return number === undefined ? [] : [[number, name]];
      }),
    ),
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no folder: nothing can be suggested
  }
}

/** What names that are easily confused have in common: case, kinds of blanks, ligatures and invisible characters aside. */
function folding(name: string): string {
  return name
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .toLowerCase();
}

function differenceOf(one: string, other: string): string {
  const isCase = one.toLowerCase() === other.toLowerCase();
  return isCase ? "capitals and small letters" : "kinds of blanks, ligatures and invisible characters";
}

function stem(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}

/** The number at the end of an image's name, without leading zeros. */
function numberOf(name: string): string | undefined {
  const [, number] = /(?<!\d)0*([1-9]\d*)\.[^.]+$/.exec(name) ?? [];
  return number;
}

const drive = /^[A-Za-z]:[\\/]/;

function driveHelp(): string {
  return "this is a path on a Windows drive: name images by their paths inside the `images` folder";
}

/** Whether it is a JPEG, PNG, GIF or WebP in Base64, or a `data:` URL of an image. */
function isImageAsText(name: string): boolean {
  return /^(?:data:image\/|(?:\/9j\/|iVBORw0KGgo|R0lGOD|UklGR)[A-Za-z0-9+/]{20})/.test(name);
}

function imageAsTextHelp(): string {
  return "this is an image itself, as text in Base64: write its bytes to a file, and name that";
}

/** The name of the folder that paths start from, and whether a path exists. */
interface NamePosition {
  readonly folder: string;
  readonly exists: (other: string) => boolean;
}

interface Hint {
  readonly isIt: (name: string, around: NamePosition) => boolean;
  readonly help: (name: string, around: NamePosition) => string;
}

const hints: readonly Hint[] = [
  {
    isIt: (name) => /^[a-z][a-z0-9+.-]+:\/\//i.test(name),
    help: (name) =>
      name.toLowerCase().startsWith("file:")
        ? "this is a `file:` address: name images by their paths inside the `images` folder"
        : "this is a web address, and nothing is ever downloaded: fetch the images, and name the files",
  },
  { isIt: isImageAsText, help: imageAsTextHelp },
  { isIt: (name) => drive.test(name), help: driveHelp },
  {
    isIt: (name) => name.startsWith("~"),
    help: () => "only a shell expands `~`: name images by their paths inside the `images` folder",
  },
  {
    isIt: (name, around) => name.includes("\\") && meant(forward(name), around) !== undefined,
    help: (name, around) => `folders are separated by \`/\`: write \`${meant(forward(name), around)}\``,
  },
  {
    isIt: (name, around) => name !== name.trim() && meant(name.trim(), around) !== undefined,
    help: (name, around) => `there is \`${meant(name.trim(), around)}\`: leave out the blanks around the name`,
  },
  {
    isIt: (name, around) => decoded(name) !== name && meant(decoded(name), around) !== undefined,
    help: (name, around) => `there is \`${meant(decoded(name), around)}\`: names are read as they are, \`%\` and all`,
  },
  {
    isIt: (name, around) => meant(name, around) !== undefined,
    help: (name, around) =>
      `paths start in the \`images\` folder, \`${around.folder}\`: write \`${meant(name, around)}\`, or name the folder ` +
      "above it in the data block",
  },
  {
    isIt: (name, { exists }) => exists(path.join("..", name)),
    help: () => "it is above the `images` folder: name the folder above it in the data block",
  },
  {
    isIt: (name, { exists }) => name.includes("/") && exists(path.posix.basename(name)),
    help: (name) => `there is \`${path.posix.basename(name)}\` in the \`images\` folder itself`,
  },
];

/** The path that a name probably stands for: itself, or without the `images` folder named twice. */
function meant(name: string, { folder, exists }: NamePosition): string | undefined {
  if (exists(name)) return name;
  const inside = name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : undefined;
  return inside !== undefined && exists(inside) ? inside : undefined;
}

/** A name with URL encoding decoded. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // not URL-encoded
  }
}

function forward(name: string): string {
  return name.replaceAll("\\", "/");
}
