// A data set that was found in a folder: what a data block says of it.
import type { DataFormat, DataKind } from "../../compiler/index.js";

/** A data set that was found. */
export interface Source {
  readonly kind: DataKind;
  readonly format: DataFormat;
  /** The file or folder that it is known by; its name tells the part. */
  readonly at: string;
  /** Settings that are paths from the folder, by key. */
  readonly paths: Readonly<Record<string, string | readonly string[]>>;
  /** Other settings, as a specification has them. */
  readonly settings: Readonly<Record<string, string>>;
  /** The field of labels, of records that have any. */
  readonly label?: string;
  /** Images of a sample. */
  readonly images: 0 | 1 | 2;
}
