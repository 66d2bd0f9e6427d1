// The report of a run folder: report.html and the curves as files under pictures/.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { isAbsolute, join, normalize, sep } from "node:path";
import { systemError } from "../formats/system-error.js";
import { chartsOf } from "./charts.js";
import { pageOf } from "./page.js";
import { readRun, type Run } from "./run.js";
import { picturesOf } from "./samples.js";

export interface Report {
  /** Path of the page. */
  readonly page: string;
  readonly pictures: readonly string[];
  readonly run: Run;
}

/** Writes the report into the run folder. Throws V968 (no run), V923. */
export async function writeReport(folder: string): Promise<Report> {
  const run = await readRun(folder);
  const pictures = new Map(run.stages.map((stage) => [stage.name, chartsOf(stage)]));
  const page = join(folder, "report.html");
  const files = [...pictures.values()]
    .flat()
    .map(({ name, file }) => [join(folder, "pictures", `${name}.svg`), file] as const);
  try {
    if (files.length > 0) await mkdir(join(folder, "pictures"), { recursive: true });
    for (const [path, file] of files) await writeFile(path, file);
    await writeFile(page, pageOf(run, { pictures, images: await imagesOf(run) }));
  } catch (error) {
    throw systemError("V923", page, error);
  }
  return { page, pictures: files.map(([path]) => path), run };
}

const types: Readonly<Record<string, string>> = { png: "image/png", jpg: "image/jpeg", svg: "image/svg+xml" };

/** The samples' pictures as data URLs; those that are gone are left out, and nothing outside the folder is read. */
async function imagesOf({ folder, samples }: Run): Promise<Map<string, string>> {
  const named = samples.flatMap((group) => group.samples.flatMap(picturesOf));
  const images = new Map<string, string>();
  for (const path of new Set(named)) {
    if (isAbsolute(path) || normalize(path).split(sep).includes("..")) continue;
    const type = types[path.slice(path.lastIndexOf(".") + 1)];
    const bytes = await readFile(join(folder, path)).catch(() => null);
    if (type !== undefined && bytes !== null) images.set(path, `data:${type};base64,${bytes.toString("base64")}`);
  }
  return images;
}
