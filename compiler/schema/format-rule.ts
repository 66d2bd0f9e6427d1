// The language's side of a data format; its reader is in the runtime.
import type { z } from "zod";
import type { DataKind } from "./data.js";

/** Everything the language knows about a data format. */
export interface FormatRule<Schema extends z.ZodObject> {
  /** Its keys, besides `format` itself. */
  readonly schema: Schema;
  /** The kinds of data that it can hold. */
  readonly kinds: readonly DataKind[];
  /**
   * The format's own way to give samples two images, and whether a block uses it; some keys count as soon as they are
   * written.
   */
  readonly twoImages?: {
    readonly how: string;
    readonly has: (settings: z.output<Schema>, isWritten: (key: string) => boolean) => boolean;
  };
  /** A violated constraint between its keys. */
  readonly problem?: (settings: z.output<Schema>) => Problem | null;
}

/** A violated constraint between keys: the key, its allowed value, and its actual one. */
export interface Problem {
  readonly key: string;
  readonly wanted: string;
  readonly value: string;
}

/** Infers the type of a row from its keys. */
export function formatRule<Schema extends z.ZodObject>(rule: FormatRule<Schema>): FormatRule<Schema> {
  return rule;
}
