// An image in a record that is no path: it lies inside the record's own file.
import type { Inside } from "../sources/data-set.js";

/** What a reader gives in the place of a path. A class, since what a record says of itself is never taken for one. */
export class Embedded implements Inside {
  readonly name: string;
  readonly offset: number;
  readonly size: number;

  constructor({ name, offset, size }: Inside) {
    this.name = name;
    this.offset = offset;
    this.size = size;
  }
}
