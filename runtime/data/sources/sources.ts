// The table of data formats: which kinds of data each gives, and how it is opened. A new source is one row here; `tsc` says
// when the language knows a format that has none.
import path from "node:path";
import { recordFields, type DataFormat } from "../../../compiler/index.js";
import { openShapes } from "../shapes/world.js";
import { openCoco } from "./coco.js";
import type { DataKind, DataSet } from "./data-set.js";
import { openFolder } from "./folder.js";
import { openJsonl } from "./jsonl.js";
import { openKarpathy } from "./karpathy.js";
import { openLines } from "./lines.js";
import type { SourceSettings } from "./settings.js";

/** What opens a format. `folder` is what relative paths start from. */
export interface Source<Format extends DataFormat> {
  readonly kinds: readonly DataKind[];
  readonly open: (kind: DataKind, settings: SourceSettings<Format>, folder: string) => Promise<DataSet>;
}

const KINDS = ["images", "labelled_images", "texts", "pairs", "questions", "statements", "masks"] as const;

/** `deferred`: in the language and checked, not opened yet. */
const sources = {
  shapes: {
    kinds: KINDS,
    open: async (kind, settings) => openShapes(kind, settings),
  },
  jsonl: {
    kinds: KINDS,
    open: async (kind, { fields = recordFields, ...settings }, folder) => {
      const records = path.resolve(folder, settings.records);
      const images = settings.images === undefined ? path.dirname(records) : path.resolve(folder, settings.images);
      return openJsonl(kind, { ...settings, fields, records, images, allow: allFrom(folder, settings.allow) });
    },
  },
  coco: {
    kinds: ["pairs"],
    open: async (_, settings, folder) => openCoco({ ...settings, ...annotated(folder, settings) }),
  },
  karpathy: {
    kinds: ["pairs"],
    open: async (_, settings, folder) => openKarpathy({ ...settings, ...annotated(folder, settings) }),
  },
  lines: {
    kinds: ["texts"],
    open: async (_, settings, folder) => openLines({ ...settings, files: allFrom(folder, settings.files) }),
  },
  folder: {
    kinds: ["images", "labelled_images", "masks"],
    open: async (kind, { masks, ...settings }, folder) =>
      openFolder(kind, {
        ...settings,
        images: path.resolve(folder, settings.images),
        allow: allFrom(folder, settings.allow),
        ...(masks !== undefined && { masks: path.resolve(folder, masks) }),
      }),
  },
  webdataset: "deferred",
} as const satisfies { readonly [Format in DataFormat]: Source<Format> | "deferred" };

/** What opens a format; undefined where this version has nothing that does. */
export function sourceOf<Format extends DataFormat>(format: Format): Source<Format> | undefined {
  // Each row takes settings of its own format, which is what it is looked up by.
  const row = sources[format] as Source<Format> | "deferred";
  return row === "deferred" ? undefined : row;
}

function allFrom(folder: string, paths: readonly string[] = []): string[] {
  return paths.map((each) => path.resolve(folder, each));
}

function annotated(folder: string, { annotations, images, allow: others }: SourceSettings<"coco" | "karpathy">) {
  return {
    annotations: path.resolve(folder, annotations),
    images: path.resolve(folder, images),
    allow: allFrom(folder, others),
  };
}
