// Members of a tar archive, and errors for truncated or damaged ones.
import { mkdtempSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { openTar } from "../../../runtime/formats/tar.js";
import { memberOf, paxRecord, tarOf, type Entry } from "../../support/tar.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-tar-"));
const file = path.join(folder, "a.tar");
afterAll(() => rm(folder, { recursive: true }));

/** Names, kinds and texts of an archive. */
function read(archive: Buffer): string[] {
  writeFileSync(file, archive);
  const tar = openTar(file);
  try {
    return Array.from(tar.members()).map(
      ({ name, kind, offset, size }) => `${name} ${kind} ${tar.bytes(offset, size).toString()}`,
    );
  } finally {
    tar.close();
  }
}

const long = `${"a/".repeat(90)}name.txt`;
const a: Entry = { name: "a.txt", bytes: "one" };
const b: Entry = { name: "b.txt", bytes: "x".repeat(20_000) };

/** A header with the size in base 256, as for members of 8 GiB and more. */
function withLargeSize(member: Buffer, size: number): Buffer {
  const changed = Buffer.from(member);
  changed.fill(0, 124, 136);
  changed[124] = 0x80;
  changed.writeUInt32BE(size, 132);
  changed.write(" ".repeat(8), 148);
  const sum = changed.subarray(0, 512).reduce((all, byte) => all + byte, 0);
  changed.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return changed;
}

describe("members", () => {
  it.each<[what: string, archive: Buffer, members: readonly string[]]>([
    ["files", tarOf([a, b]), ["a.txt file one", `b.txt file ${b.bytes?.toString() ?? ""}`]],
    ["nothing", tarOf([]), []],
    [
      "folders",
      tarOf([
        { name: "d/", type: "5" },
        { name: "./d/a.txt", bytes: "one" },
      ]),
      ["d/ folder ", "d/a.txt file one"],
    ],
    ["absolute names", tarOf([{ name: "/d/a.txt", bytes: "one" }]), ["d/a.txt file one"]],
    ["long names of pax", tarOf([{ name: "x", type: "x", bytes: paxRecord("path", long) }, a]), [`${long} file one`]],
    [
      "long names of GNU",
      tarOf([{ name: "x", type: "L", bytes: `${long}\0` }, a, { ...a, name: "c" }]),
      [`${long} file one`, "c file one"],
    ],
    ["sizes of pax", tarOf([{ name: "x", type: "x", bytes: paxRecord("size", "2") }, a]), ["a.txt file on"]],
    ["sizes in base 256", Buffer.concat([withLargeSize(memberOf(a), 3), Buffer.alloc(1024)]), ["a.txt file one"]],
    ["global pax headers", tarOf([{ name: "x", type: "g", bytes: paxRecord("comment", "no") }, a]), ["a.txt file one"]],
    [
      "links and devices",
      tarOf([
        { name: "l", type: "2" },
        { name: "p", type: "6" },
      ]),
      ["l a link ", "p a pipe or a device "],
    ],
    [
      "sparse files",
      tarOf([{ name: "x", type: "x", bytes: paxRecord("GNU.sparse.major", "1") }, a]),
      ["a.txt a sparse file one"],
    ],
    ["names in UTF-8", tarOf([{ ...a, name: "é/日本.txt" }]), ["é/日本.txt file one"]],
  ])("are read: %s", (_, archive, members) => {
    expect(read(archive)).toEqual(members);
  });

  const whole = tarOf([a, b]);
  const damaged = Buffer.from(whole);
  damaged[1024] = 0x7a;

  it.each<[what: string, archive: Buffer, said: string]>([
    [
      "truncation within a member",
      whole.subarray(0, 5000),
      "it is cut off: the member `b.txt` continues past its end; the last whole member is `a.txt`",
    ],
    [
      "truncation within a header",
      whole.subarray(0, 1100),
      "it is cut off: a header continues past its end; the last whole member is `a.txt`",
    ],
    [
      "truncation between members",
      whole.subarray(0, 1024),
      "it is cut off: its end-of-archive mark is missing; the last whole member is `a.txt`",
    ],
    ["an empty file", Buffer.alloc(0), "it is empty"],
    ["a damaged header", damaged, "its header at byte 1,024 is damaged, or it is no tar archive"],
    ["archives joined by `cat`", Buffer.concat([tarOf([a]), tarOf([b])]), "more follows its end, from byte 2,048 on"],
    [
      "a file that is not an archive",
      Buffer.from("text\n".repeat(300)),
      "its header at byte 0 is damaged, or it is no tar archive",
    ],
    [
      "a member of impossible size",
      Buffer.concat([withLargeSize(memberOf(a), 2 ** 31), Buffer.alloc(1024)]),
      "it is cut off: the member `a.txt` continues past its end",
    ],
  ])("of a broken archive are refused: %s", (_, archive, said) => {
    expect(() => read(archive)).toThrowError(
      expect.objectContaining({ code: "V910", message: `cannot read \`${file}\`: ${said}` }),
    );
  });
});
