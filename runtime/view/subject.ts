// Interprets the arguments of `vlmo view`: specifications, a run, or runs to compare.
import { basename, relative, resolve } from "node:path";
import { html, raw } from "../../view/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { isFolder } from "../formats/regular-file.js";
import { findRuns } from "../runs/find.js";
import { runView } from "./run-view.js";
import { runsView, type NamedRun } from "./runs-view.js";
import { specificationSubject } from "./specification-view.js";
import type { Subject } from "./view.js";

/** Options of a view. */
export interface Looking {
  /** The texts of `--set`, for specifications. */
  readonly set: readonly string[];
  /** Whether its page is exported as a file, without other pages to link to. */
  readonly isAlone: boolean;
}

/** The pages of one or two files, or of one or more folders; null for a mixture. Throws V920, V968. */
export async function subjectOf(targets: readonly string[], { set, isAlone }: Looking): Promise<Subject | null> {
  const folders = await Promise.all(targets.map(isFolder));
  if (folders.every((is) => !is)) return specificationSubject(targets, set);
  if (folders.some((is) => !is)) return null;
  const [only = "", second] = targets;
  if (second === undefined && (await findRuns(only))[0] === only) return one(only);
  const runs = (await Promise.all(targets.map(findRuns))).flat();
  if (isAlone && runs.length === 0) throw vlmoError("V968", { folder: targets.join(", "), reason: "no run is in it" });
  return several(targets, isAlone);
}

function one(folder: string): Subject {
  const view = runView(folder, folder, raw(""));
  return { kind: "runs", view: async (path) => (path.length === 0 ? view : null) };
}

/** The first page compares the runs; each has a page of its own. */
function several(folders: readonly string[], isAlone: boolean): Subject {
  const find = async (): Promise<NamedRun[]> => (await Promise.all(folders.map(runsIn))).flat();
  const title = folders.join(", ");
  const linkTo = ({ name }: NamedRun): string | null => (isAlone ? null : `run/${encodeURIComponent(name)}/`);
  const all = runsView({ title, find, places: folders, linkTo });
  const back = html`<p class="back"><a href="../../">← all runs of ${title}</a></p>`;
  const runsIn = async (folder: string): Promise<NamedRun[]> => {
    const nameOf = (run: string): string =>
      folders.length > 1 ? run : relative(folder, run) || basename(resolve(folder));
    return (await findRuns(folder)).map((run) => ({ name: nameOf(run), folder: run }));
  };
  return {
    kind: "runs",
    view: async ([word, name, more]) => {
      if (word === undefined) return all;
      if (word !== "run" || more !== undefined) return null;
      const run = (await find()).find((each) => each.name === name);
      return run === undefined ? null : runView(run.folder, run.name, back);
    },
  };
}
