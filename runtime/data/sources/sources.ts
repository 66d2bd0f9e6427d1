// The table of data formats: how each is opened for which kinds of data. A new source is one row here; `tsc` reports a format
// of the language without one.
import path from "node:path";
import { memberFields, recordFields, type DataFormat, type RecordFields } from "../../../compiler/index.js";
import { openShapes } from "../shapes/world.js";
import { openCocoPairs } from "./coco.js";
import { openCocoMasks } from "./coco-masks.js";
import type { DataKind, DataSet } from "./data-set.js";
import { openFolder } from "./folder.js";
import { arrowTable } from "./arrow.js";
import { csvTable } from "./csv.js";
import { jsonLines } from "./json-lines.js";
import { nlvr2Table, nlvrFields, nlvrTable } from "./nlvr.js";
import { parquetTable } from "./parquet.js";
import { filesOfPatterns } from "./shards.js";
import { webdatasetTable } from "./webdataset.js";
import { vqaTable } from "./vqa2.js";
import { openRecords, type RecordOptions } from "./records.js";
import { openKarpathy } from "./karpathy.js";
import { openLines } from "./lines.js";
import type { SourceSettings } from "./settings.js";

/** Opens a format. `folder` is what relative paths start from. */
export interface Source<Format extends DataFormat> {
  readonly open: (kind: DataKind, settings: SourceSettings<Format>, folder: string) => Promise<DataSet>;
}

/** The settings that formats of records share, as far as each has them. */
type RecordSettings = Partial<Omit<SourceSettings<"jsonl">, "records" | "on_error" | "fields">> & {
  readonly fields?: RecordFields | undefined;
} & Pick<SourceSettings<"jsonl">, "on_error">;

/** The kinds of data in COCO's JSON. */
const coco: Readonly<Partial<Record<DataKind, typeof openCocoPairs>>> = { pairs: openCocoPairs, masks: openCocoMasks };

const sources = {
  shapes: {
    open: async (kind, settings) => openShapes(kind, settings),
  },
  jsonl: {
    open: async (kind, { records, ...settings }, folder) => {
      const file = path.resolve(folder, records);
      return openRecords(kind, jsonLines(file), recordOptions(settings, folder, file));
    },
  },
  csv: {
    open: async (kind, { records, separator, quotes, ...settings }, folder) => {
      const file = path.resolve(folder, records);
      return openRecords(kind, csvTable(file, { separator, quotes }), recordOptions(settings, folder, file));
    },
  },
  coco: {
    open: async (kind, settings, folder) => {
      const options = { ...settings, ...annotated(folder, settings) };
      const openKind = coco[kind];
      if (openKind === undefined) throw new Error(`internal: no ${kind} in the JSON of COCO`);
      return openKind(options);
    },
  },
  karpathy: {
    open: async (_, settings, folder) => openKarpathy({ ...settings, ...annotated(folder, settings) }),
  },
  vqa2: {
    open: async (kind, { questions, annotations, image_names, ...settings }, folder) => {
      const file = path.resolve(folder, questions);
      const answers = annotations === undefined ? undefined : path.resolve(folder, annotations);
      const table = vqaTable({ questions: file, annotations: answers, image_names });
      return openRecords(kind, table, recordOptions(settings, folder, file));
    },
  },
  nlvr2: {
    open: async (kind, { records, ...settings }, folder) => {
      const file = path.resolve(folder, records);
      return openRecords(kind, nlvr2Table(file), recordOptions({ ...settings, fields: nlvrFields }, folder, file));
    },
  },
  nlvr: {
    open: async (kind, { records, split, permutations, ...settings }, folder) => {
      const file = path.resolve(folder, records);
      return openRecords(
        kind,
        nlvrTable(file, { split, permutations }),
        recordOptions({ ...settings, fields: nlvrFields }, folder, file),
      );
    },
  },
  lines: {
    open: async (_, settings, folder) =>
      openLines({ ...settings, files: filesOfPatterns(allFrom(folder, settings.files)) }),
  },
  folder: {
    open: async (kind, { masks, ...settings }, folder) =>
      openFolder(kind, {
        ...settings,
        images: path.resolve(folder, settings.images),
        allow: allFrom(folder, settings.allow),
        ...(masks !== undefined && { masks: path.resolve(folder, masks) }),
      }),
  },
  webdataset: {
    open: async (kind, { shards, shuffle, fields = memberFields, ...settings }, folder) => {
      const files = filesOfPatterns(allFrom(folder, shards));
      const options = recordOptions({ ...settings, fields }, folder, files[0] ?? "");
      return openRecords(kind, webdatasetTable(files, shuffle), options);
    },
  },
  parquet: {
    open: async (kind, { files: named, shuffle, ...settings }, folder) => {
      const files = filesOfPatterns(allFrom(folder, named));
      return openRecords(kind, parquetTable(files, shuffle), recordOptions(settings, folder, files[0] ?? ""));
    },
  },
  arrow: {
    open: async (kind, { files: named, shuffle, ...settings }, folder) => {
      const files = filesOfPatterns(allFrom(folder, named));
      return openRecords(kind, arrowTable(files, shuffle), recordOptions(settings, folder, files[0] ?? ""));
    },
  },
} as const satisfies { readonly [Format in DataFormat]: Source<Format> };

/** The source of a format. */
export function sourceOf<Format extends DataFormat>(format: Format): Source<Format> {
  // Each row takes the settings of the format it is looked up by.
  return sources[format] as unknown as Source<Format>;
}

function allFrom(folder: string, paths: readonly string[] = []): string[] {
  return paths.map((each) => path.resolve(folder, each));
}

/** The options of records. Image paths are relative to the folder of `file` unless `images` is given. */
function recordOptions(settings: RecordSettings, folder: string, file: string): RecordOptions {
  const { fields = recordFields, images, allow } = settings;
  const from = images === undefined ? path.dirname(file) : path.resolve(folder, images);
  return { ...settings, fields, images: from, allow: allFrom(folder, allow) };
}

function annotated(folder: string, { annotations, images, allow: others }: SourceSettings<"coco" | "karpathy">) {
  return {
    annotations: path.resolve(folder, annotations),
    images: path.resolve(folder, images),
    allow: allFrom(folder, others),
  };
}
