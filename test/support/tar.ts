// Tar archives for tests, by POSIX.1-2017, "ustar Interchange Format".

/** A member of an archive: a file's bytes, or another kind of entry. */
export interface Entry {
  readonly name: string;
  readonly bytes?: Buffer | string | undefined;
  readonly type?: string;
}

/** An archive of members, with its end mark. */
export function tarOf(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(memberOf), Buffer.alloc(1024)]);
}

/** A header and its contents, padded to whole blocks. */
export function memberOf({ name, bytes = "", type = "0" }: Entry): Buffer {
  const data = Buffer.from(bytes);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${data.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(type, 156);
  header.write("ustar\x0000", 257, "latin1");
  header.write(" ".repeat(8), 148);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}

/** A pax record; its length includes itself. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const short = Buffer.byteLength(rest);
  const length = short + String(short + String(short).length).length;
  return `${length}${rest}`;
}
