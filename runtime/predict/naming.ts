// How whoever asks names things, for advice: by options of a command line, or by fields of a request.

/** Advice on naming what a head needs. */
export interface Naming {
  /** How a head is named. */
  readonly head: string;
  readonly inputs: string;
  readonly candidates: string;
}

/** Of `vlmo predict`. */
export const onCommandLine: Naming = {
  head: "--head",
  inputs: "name images as arguments, texts with --text, or a file with --records",
  candidates: "name texts with --text, or names with --classes",
};
