// The report of a run folder: report.html and the curves as files under pictures/.
import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { writeTextAtomically } from "../formats/atomic.js";
import { makeFolder } from "../formats/make-folder.js";
import { readRegular } from "../formats/regular-file.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { chartsOf } from "./charts.js";
import { pageOf } from "./page.js";
import { readRun, type RunRecord } from "./run.js";
import { picturesOf } from "./samples.js";

/** The written page, and the run as it was read. */
export interface Report {
  /** Path of the page. */
  readonly page: string;
  readonly pictures: readonly string[];
  readonly run: RunRecord;
}

/** Writes the report into the run folder, and nothing outside it. Throws V968 (no run), V923. */
export async function writeReport(folder: string): Promise<Report> {
  const run = await readRun(folder);
  const pictures = new Map(run.stages.map((stage) => [stage.name, chartsOf(stage)]));
  const page = join(folder, "report.html");
  const files = [...pictures.values()]
    .flat()
    .map(({ name, file }) => [join(folder, "pictures", `${name}.svg`), file] as const);
  if (files.length > 0) await makePlace(folder);
  // A symbolic link in the place of a file is replaced, not followed.
  for (const [path, file] of files) await writeTextAtomically(path, file);
  await writeTextAtomically(page, pageOf(run, { pictures, images: await imagesOf(run) }));
  return { page, pictures: files.map(([path]) => path), run };
}

async function makePlace(folder: string): Promise<void> {
  const place = join(folder, "pictures");
  await makeFolder(place);
  if (!(await isWithin(folder, place))) throw vlmoError("V923", { file: place, reason: "it is a link out of the run" });
}

/** Whether a path, with links resolved, is inside the folder. */
async function isWithin(folder: string, path: string): Promise<boolean> {
  try {
    return (await realpath(path)).startsWith((await realpath(folder)) + sep);
  } catch {
    return false;
  }
}

const types = new Map([
  ["png", "image/png"],
  ["jpg", "image/jpeg"],
  ["svg", "image/svg+xml"],
]);

/** More than any sample picture that a run stores. */
const LARGEST = 4 * 2 ** 20;

/** The samples' pictures as data URLs; missing ones are left out, and nothing outside the folder is read. */
export async function imagesOf({ folder, samples }: RunRecord): Promise<Map<string, string>> {
  const named = samples.flatMap((group) => group.samples.flatMap(picturesOf));
  const images = new Map<string, string>();
  for (const path of new Set(named)) {
    const type = types.get(path.slice(path.lastIndexOf(".") + 1));
    if (type === undefined || !(await isWithin(folder, join(folder, path)))) continue;
    const bytes = await readRegular(join(folder, path), "V920").catch(() => null);
    if (bytes !== null && bytes.length <= LARGEST) images.set(path, `data:${type};base64,${bytes.toString("base64")}`);
  }
  return images;
}
