// What the language knows of a data format, besides what opens it.
import type { z } from "zod";
import type { DataKind } from "./data.js";

/** What the language knows of a data format. */
export interface FormatRule<Schema extends z.ZodObject> {
  /** Its keys, besides `format` itself. */
  readonly schema: Schema;
  /** The kinds of data that it gives. */
  readonly kinds: readonly DataKind[];
  /** A way of its own to give samples two images, and whether they have; some keys count as soon as they are written. */
  readonly twoImages?: {
    readonly how: string;
    readonly has: (settings: z.output<Schema>, isWritten: (key: string) => boolean) => boolean;
  };
  /** What does not agree between keys of its own. */
  readonly problem?: (settings: z.output<Schema>) => Problem | null;
}

/** What does not agree between keys: the key, what it would have to be, and what it is. */
export interface Problem {
  readonly key: string;
  readonly wanted: string;
  readonly value: string;
}

/** Types a row by its own keys. */
export function formatRule<Schema extends z.ZodObject>(rule: FormatRule<Schema>): FormatRule<Schema> {
  return rule;
}
