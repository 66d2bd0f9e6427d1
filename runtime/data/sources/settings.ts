// The settings of a data block, as the source of its format gets them.
import type { DataFormat, DataSettings, NameList } from "../../../compiler/index.js";

/** The settings of a format, with every list of names written out. */
export type SourceSettings<Format extends DataFormat> = Listed<DataSettings<Format>>;

type Listed<Settings> = {
  readonly [Key in keyof Settings]: Key extends NameList ? readonly string[] | undefined : Settings[Key];
};

/** The same with whole paths, where other folders are allowed. */
export type LocatedSettings<Format extends DataFormat> = SourceSettings<Format> & {
  readonly allow: readonly string[];
};
