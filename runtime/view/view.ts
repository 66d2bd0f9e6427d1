// What `vlmo view` shows, as its server sees it: something that makes the parts of a page, and says when they may be others.
import type { Html } from "../../view/index.js";

/** A page at one moment. */
export interface Shown {
  readonly title: string;
  /** Those that have not changed are not sent again. Null while there are errors: what was shown before stands. */
  readonly parts: readonly Html[] | null;
  /** What is wrong; null where nothing is. Stands above the parts. */
  readonly messages: Html | null;
  /** Rules of the style sheet for these parts. The same at any time. */
  readonly style: string;
  /** Files and folders: when one of them changes, the page may. */
  readonly watched: readonly string[];
  /** Whether there is more to read, for which nobody was to wait: it is made again at once. */
  readonly isPartial: boolean;
}

/** A page that changes with what lies on the disk. */
export interface View {
  /** Says the same as before where the page would be the same. Quick: it is asked every second. */
  mark(): Promise<string>;
  /** The page as it is now. Throws VlmoError where it cannot be read: what was shown before stands. */
  show(): Promise<Shown>;
}

/** All pages of what is looked at. */
export interface Subject {
  readonly kind: "specification" | "runs";
  /** The page by the words of its path, none for the first; null where there is none. */
  view(path: readonly string[]): Promise<View | null>;
}
