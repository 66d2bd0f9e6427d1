// Images in records that are not paths: they are inside the record's own file. Classes, so that nothing in a record can be
// mistaken for one.
import type { CellInside, PartInside } from "../sources/data-set.js";

/** Uncompressed bytes in a file. */
export class Embedded implements PartInside {
  readonly name: string;
  readonly offset: number;
  readonly size: number;

  constructor({ name, offset, size }: PartInside) {
    this.name = name;
    this.offset = offset;
    this.size = size;
  }
}

/** A cell of a column, compressed with the others of its row group. */
export class Cell implements CellInside {
  readonly name: string;
  readonly column: string;
  readonly row: number;
  readonly group: CellInside["group"];

  constructor({ column, row, group }: Omit<CellInside, "name">) {
    this.name = `${column} of row ${row}`;
    this.column = column;
    this.row = row;
    this.group = group;
  }
}
