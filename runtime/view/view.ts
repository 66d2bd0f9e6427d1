// The interface between `vlmo view`'s server and its pages: a view renders the parts of a page, and tells when they may have
// changed.
import type { Html } from "../../view/index.js";

/** A rendered page. */
export interface Shown {
  readonly title: string;
  /** Unchanged parts are not sent again. Null while there are errors: the previous parts stay. */
  readonly parts: readonly Html[] | null;
  /** Error messages above the parts; null for none. */
  readonly messages: Html | null;
  /** The style sheet for these parts. It never changes. */
  readonly style: string;
  /** Files and folders that the page depends on. */
  readonly watched: readonly string[];
  /** Whether it was rendered before everything was read, so that nobody waits: it is then rendered again immediately. */
  readonly isPartial: boolean;
}

/** A page that depends on files. */
export interface View {
  /** The largest share of time spent on rendering: a training beside it needs the CPU. */
  readonly share: number;
  /** A stamp that is equal as long as the page would be. Fast: it is called every second. */
  mark(): Promise<string>;
  /** The page as it is now. Throws VlmoError where it cannot be read: the previous page stays. */
  show(): Promise<Shown>;
}

/** The pages of a subject. */
export interface Subject {
  readonly kind: "specification" | "runs";
  /** The page at the segments of a path, empty for the first; null where there is none. */
  view(path: readonly string[]): Promise<View | null>;
}
