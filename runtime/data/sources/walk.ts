// Lists the files of one sort in a folder and its subfolders, following links as far as allowed.
import { readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import path from "node:path";
import { systemError } from "../../errors/system-error.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import type { ImageFile, Note } from "./data-set.js";
import { brokenLink, linkHelp, type ImageFolder } from "../images/image-files.js";
import { lost } from "./encoding.js";
import { noted } from "../notes.js";
import { attempted } from "./record-set.js";

/** A file and its path relative to the folder, with slashes. */
export interface Found {
  readonly name: string;
  readonly source: ImageFile;
}

/** The files found, sorted by name. */
export interface Walked {
  readonly files: readonly Found[];
  /** Immediate subfolders. */
  readonly folders: readonly string[];
  /** Notes on what is not used. */
  readonly notes: readonly Note[];
}

/** How often links may lead to one folder: folders that link to each other have unboundedly many paths. */
const ENTRIES = 500;

/** Walks through a folder, without hidden files and folders. Mistakes go to `problems`. Throws V959. */
export function walk(root: ImageFolder, isWanted: (name: string) => boolean, problems: VlmoError[]): Walked {
  const walker = new Walker(root, isWanted, problems);
  walker.enter({ real: root.path, name: "" }, []);
  const { files, folders, others, hidden, round } = walker;
  if (walker.crowded !== undefined) {
    const reason = `links lead to \`${walker.crowded}\` on more than ${ENTRIES} ways`;
    const help = "take out links between folders that lead to one another";
    throw vlmoError("V959", { file: root.path, reason }, { help });
  }
  const notes = [
    ...noted(others, "file is no image", "files are no images"),
    ...noted(hidden, "hidden file or folder is left out", "hidden files or folders are left out"),
    ...noted(round, "link leads back to a folder around it", "links lead back to folders around them"),
  ];
  return { files, folders, notes };
}

/** An entry: its resolved path, and its path relative to the folder. */
interface FolderEntry {
  readonly real: string;
  readonly name: string;
}

class Walker {
  readonly files: Found[] = [];
  readonly folders: string[] = [];
  readonly others: string[] = [];
  readonly hidden: string[] = [];
  readonly round: string[] = [];
  /** A folder that links lead to too often. */
  crowded: string | undefined;
  private readonly entries = new Map<string, number>();

  constructor(
    private readonly root: ImageFolder,
    private readonly isWanted: (name: string) => boolean,
    private readonly problems: VlmoError[],
  ) {}

  /** `above`: the resolved paths of the folders above. */
  enter({ real, name }: FolderEntry, above: readonly string[]): void {
    if (name !== "" && !name.includes("/")) this.folders.push(name);
    const way = [...above, real];
    for (const entry of attempted(this.problems, () => entriesIn(real)) ?? []) {
      const spot = { real: path.join(real, entry.name), name: name === "" ? entry.name : `${name}/${entry.name}` };
      if (entry.name.startsWith(".")) this.hidden.push(spot.name);
      else attempted(this.problems, () => this.visit(entry, spot, way));
    }
  }

  private visit(entry: Dirent, spot: FolderEntry, way: readonly string[]): void {
    if (entry.name.includes(lost)) throw vlmoError("V959", { file: spot.real, reason: "its name is not UTF-8" });
    if (entry.isDirectory()) this.enter(spot, way);
    else if (entry.isSymbolicLink()) this.follow(spot, way);
    else if (entry.isFile() && this.isWanted(spot.name)) this.files.push(this.foundAt(spot));
    else this.others.push(spot.name);
  }

  /** Throws V915, V916. */
  private follow({ real: link, name }: FolderEntry, way: readonly string[]): void {
    const { real, isFolder } = targetOf(link);
    if (isFolder && way.includes(real)) this.round.push(name);
    else if (!isFolder && !this.isWanted(name)) this.others.push(name);
    else if (!this.root.holds(real))
      throw this.root.outside(name, linkHelp(name, isFolder ? real : path.dirname(real)))({ file: this.root.path });
    else if (!isFolder) this.files.push(this.foundAt({ real, name }));
    else this.enterAgain({ real, name }, way);
  }

  private enterAgain(spot: FolderEntry, way: readonly string[]): void {
    const entries = (this.entries.get(spot.real) ?? 0) + 1;
    this.entries.set(spot.real, entries);
    if (entries > ENTRIES) this.crowded ??= spot.real;
    if (this.crowded === undefined) this.enter(spot, way);
  }

  private foundAt({ real, name }: FolderEntry): Found {
    return { name, source: this.root.imageAt({ path: real }, { file: real }) };
  }
}

function entriesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw systemError("V910", folder, error);
  }
}

/** The target of a link. Throws V910, V916. */
function targetOf(link: string): { readonly real: string; readonly isFolder: boolean } {
  try {
    const stat = statSync(link, { throwIfNoEntry: false });
    if (stat !== undefined) return { real: realpathSync.native(link), isFolder: stat.isDirectory() };
    throw vlmoError("V916", { path: link, but: brokenLink(link) });
  } catch (error) {
    throw systemError("V910", link, error);
  }
}
