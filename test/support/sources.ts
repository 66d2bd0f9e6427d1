// Opens data sources for tests: settings as plain values, with the language's defaults for omitted ones.
import type { z } from "zod";
import { formatOf } from "../../compiler/schema/formats.js";
import { innerField } from "../../compiler/schema/defaults.js";
import type { DataFormat } from "../../compiler/index.js";
import type { DataKind, DataSet } from "../../runtime/data/sources/data-set.js";
import type { SourceSettings } from "../../runtime/data/sources/settings.js";
import { sourceOf } from "../../runtime/data/sources/sources.js";

type Values = Readonly<Record<string, unknown>>;

/** Opens data of a format. */
export async function openSource<Format extends DataFormat>(
  format: Format,
  kind: DataKind,
  given: Values,
  folder = "",
): Promise<DataSet> {
  const source = sourceOf(format);
  const settings = withDefaults(formatOf(format).schema, given);
  // Boundary: tests are responsible for the given settings; omitted ones have their defaults.
  return source.open(kind, settings as SourceSettings<Format>, folder);
}

/** The generated data (`shapes`). */
export async function openShapes({ kind, ...given }: { readonly kind: DataKind } & Values): Promise<DataSet> {
  return openSource("shapes", kind, given);
}

function withDefaults({ shape }: z.ZodObject, given: Values): Values {
  for (const key of Object.keys(given)) if (!Object.hasOwn(shape, key)) throw new Error(`no setting ${key}`);
  const filled = Object.entries(shape).map(([key, field]): [string, unknown] => {
    const value = given[key];
    const { section } = innerField(field);
    if (value === undefined) return [key, field.safeParse(undefined).data];
    return [key, section === undefined ? value : withDefaults(section, value as Values)];
  });
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
}
