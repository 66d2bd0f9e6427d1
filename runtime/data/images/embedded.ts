// Images in records that are no paths: they lie inside the record's own file. Classes, since what a record says of itself
// is never taken for one.
import type { CellInside, PartInside } from "../sources/data-set.js";

/** Bytes that lie in the file as they are. */
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

/** A value of a column, packed with those of its group of rows. */
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
