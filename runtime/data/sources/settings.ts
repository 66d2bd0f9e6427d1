// The settings of data blocks, as sources get them.
import type { DataFormat, DataSettings, NameList } from "../../../compiler/index.js";

/** The settings of a format, with every list of names resolved. */
export type SourceSettings<Format extends DataFormat> = Listed<DataSettings<Format>>;

type Listed<Settings> = {
  readonly [Key in keyof Settings]: Key extends NameList ? readonly string[] | undefined : Settings[Key];
};

/** The same with absolute paths, where other folders are allowed. */
export type LocatedSettings<Format extends DataFormat> = SourceSettings<Format> & {
  readonly allow: readonly string[];
};
