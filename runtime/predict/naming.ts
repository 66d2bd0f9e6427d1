// How whoever asks names things, for advice: by options of a command line, by those of a function, or by fields of a request.

/** What is given, and may be without effect. */
export type Setting = "images" | "texts" | "classes" | "template" | "top" | "overlay";

/** Advice on naming what a head needs. */
export interface Naming {
  /** How a head is named. */
  readonly head: string;
  readonly inputs: string;
  readonly candidates: string;
  /** What each setting is called. */
  readonly settings: { readonly [Name in Setting]: string };
}

/** Of `vlmo predict`. */
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

/** Of the library's `predict`. */
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
