// How the caller names inputs, for remedies: by command-line options, function options, or fields of a request.

/** Inputs that may be without effect. */
export type Setting = "images" | "texts" | "classes" | "template" | "top" | "overlay";

/** The caller's names for a head and its inputs. */
export interface Naming {
  /** How the user names a head. */
  readonly head: string;
  readonly inputs: string;
  readonly candidates: string;
  /** The name of each setting. */
  readonly settings: { readonly [Name in Setting]: string };
}

/** The names in `vlmo predict`. */
export const onCommandLine: Naming = {
  head: "--head",
  inputs: "name images as arguments, texts with --text, or a file with --records",
  candidates: "name texts with --text, or names with --classes",
  settings: {
    images: "the folder of images",
    texts: "--text",
    classes: "--classes",
    template: "--template",
    top: "--top",
    overlay: "--out",
  },
};

/** The names in the library's `predict`. */
export const inLibrary: Naming = {
  head: "`head`",
  inputs: "name images in `images`, texts in `texts`, or a file in `records`",
  candidates: "name texts in `texts`, or `candidates`",
  settings: {
    images: "`images`",
    texts: "`texts`",
    classes: "`candidates`",
    template: "`template`",
    top: "`top`",
    overlay: "`overlay`",
  },
};
