// WebDataset: tar archives in which the members of a sample are adjacent, `000012.jpg`, `000012.txt`. One pass over the headers
// finds each member; an image is read from its position when a batch needs it.
import { isUtf8 } from "node:buffer";
import path from "node:path";
import { openTar, type TarMember, type TarReader } from "../../formats/tar.js";
import { inTurns } from "../../turns.js";
import { mistakesIn, vlmoError } from "../../errors/vlmo-error.js";
import { Embedded } from "../images/embedded.js";
import { ENDINGS } from "../images/image-formats.js";
import { noted } from "../notes.js";
import { isObject, type Json } from "./json-file.js";
import { readJson, shown } from "./json-text.js";
import { expectKind } from "./recognise.js";
import { attempted } from "./record-set.js";
import type { Reading, Row, Table, TableRead } from "./rows.js";
import { LONGEST_LINE } from "./text-file.js";

/** The samples of some archives. */
export function webdatasetTable(shards: readonly string[], shuffle: number): Table {
  return {
    file: shards[0] ?? "",
    isUntyped: true,
    shuffle,
    read: (reading) => readShards(shards, reading),
    empty: "its archives hold no samples",
  };
}

async function readShards(shards: readonly string[], reading: Reading): Promise<TableRead> {
  const rows: Row[] = [];
  const [hidden, nameless, empty]: [string[], string[], string[]] = [[], [], []];
  for (const shard of shards) {
    try {
      expectKind(shard, "tar");
      const tar = openTar(shard);
      const samples = new Samples({ shard, tar, reading, rows });
      try {
        for await (const member of inTurns(tar.members())) {
          // The sizes of images belong to the files: a run continues with an archive in which one was repaired.
          reading.hash.update(`${member.name}\0${ENDINGS.test(member.name) ? "" : member.size}\0`);
          if (path.posix.basename(member.name).startsWith(".")) hidden.push(member.name);
          else if (member.kind === "file" && !hasEnding(member)) nameless.push(member.name);
          else samples.take(member);
        }
        samples.finish();
        if (!samples.isAny) empty.push(path.basename(shard));
      } catch (error) {
        // Samples before the damage are usable.
        reading.problems.push(...mistakesIn(error));
        samples.finishWhole();
      } finally {
        tar.close();
      }
    } catch (error) {
      reading.problems.push(...mistakesIn(error));
    }
  }
  const notes = [
    ...noted(hidden, "hidden member is left out", "hidden members are left out"),
    ...noted(empty, "archive holds no samples", "archives hold no samples"),
    ...noted(nameless, "member without an ending is left out", "members without an ending are left out"),
  ];
  return { rows, notes };
}

function hasEnding({ name }: TarMember): boolean {
  return path.posix.basename(name).includes(".");
}

/** The members of a sample by extension. */
interface Begun {
  readonly key: string;
  readonly members: Map<string, TarMember>;
  /** The same key has occurred before. */
  readonly isAgain: boolean;
}

/** An open archive, and where its samples go. */
interface Archive {
  readonly shard: string;
  readonly tar: TarReader;
  readonly reading: Reading;
  readonly rows: Row[];
}

/** Groups the members of an archive into samples. */
class Samples {
  private begun: Begun | undefined;
  private readonly seen = new Set<string>();

  constructor(private readonly archive: Archive) {}

  /** Whether there was any sample. */
  get isAny(): boolean {
    return this.seen.size > 0;
  }

  take(member: TarMember): void {
    if (member.kind === "folder") return;
    const { key, ending } = sampleParts(member.name);
    if (this.begun?.key !== key) this.begin(key);
    const { members = new Map<string, TarMember>(), isAgain = false } = this.begun ?? {};
    if (isAgain) return;
    attempted(this.archive.reading.problems, () => {
      if (member.kind !== "file")
        throw this.unusable(`its member \`${member.name}\` is ${member.kind}, and samples are of files`);
      if (members.has(ending)) throw this.unusable(`its member \`${member.name}\` occurs twice`);
      members.set(ending, member);
    });
  }

  /** Ends the last sample. */
  finish(): void {
    const { begun } = this;
    this.begun = undefined;
    if (begun === undefined || begun.isAgain) return;
    const row = attempted(this.archive.reading.problems, () => this.rowOf(begun));
    if (row !== undefined) this.archive.rows.push(row);
  }

  /** Ends the last sample of a truncated archive, if all requested members were read before the cut. */
  finishWhole(): void {
    const { begun } = this;
    const { fields } = this.archive.reading;
    if (begun !== undefined && fields.every((field) => field.split(";").some((each) => begun.members.has(each))))
      this.finish();
  }

  private begin(key: string): void {
    this.finish();
    const isAgain = this.seen.has(key);
    this.begun = { key, members: new Map(), isAgain };
    if (isAgain)
      this.archive.reading.problems.push(
        this.unusable(`the members of its sample \`${key}\` do not follow one another`),
      );
    this.seen.add(key);
  }

  private rowOf({ key, members }: Begun): Row {
    const json = this.jsonOf(key, members);
    const values = this.archive.reading.fields.flatMap((field): [string, unknown][] => {
      const ending = field.split(";").find((each) => members.has(each) || Object.hasOwn(json, keyIn(each)));
      if (ending === undefined) return [];
      const member = members.get(ending);
      return [[field, member === undefined ? json[keyIn(ending)] : this.valueOf(member)]];
    });
    const row = { file: this.archive.shard, at: key, values: Object.fromEntries(values) };
    if (values.length === this.archive.reading.fields.length) return row;
    return { ...row, has: [...members.keys(), ...Object.keys(json).map((name) => `json.${name}`)] };
  }

  private jsonOf(key: string, members: Begun["members"]): Json {
    const member = members.get("json");
    if (member === undefined || !this.archive.reading.fields.some((field) => /(^|;)json\./.test(field))) return {};
    const names = this.archive.reading.fields.flatMap((field) => field.split(";").map(keyIn));
    const { value, problem } = readJson(this.textOf(member), names);
    if (problem === undefined && isObject(value)) return value;
    const got = problem === undefined ? shown(value) : `no JSON: ${problem}`;
    throw vlmoError("V913", { field: `${key}.json`, wanted: "an object of JSON", got }, { file: this.archive.shard });
  }

  private valueOf(member: TarMember): unknown {
    return ENDINGS.test(member.name) ? new Embedded(member) : this.textOf(member);
  }

  private textOf({ name, offset, size }: TarMember): string {
    const wrong = (wanted: string, got: string) =>
      vlmoError("V913", { field: name, wanted, got }, { file: this.archive.shard });
    if (size > LONGEST_LINE) {
      throw wrong(`a text of at most ${LONGEST_LINE / 2 ** 20} MiB`, `of ${Math.ceil(size / 2 ** 20)} MiB`);
    }
    const bytes = this.archive.tar.bytes(offset, size);
    this.archive.reading.hash.update(bytes);
    if (isUtf8(bytes)) return bytes.toString("utf8").replace(/^\uFEFF/, "");
    throw wrong("text in UTF-8", "other bytes");
  }

  private unusable(reason: string) {
    const help =
      "write the archive so that the members of a sample follow one another, each once (`tar --sort=name`), or set " +
      "`on_error: skip` to leave such members out and count them";
    return vlmoError("V959", { file: this.archive.shard, reason }, { help });
  }
}

/** A member's sample is its name up to the first dot; the rest is the extension. */
export function sampleParts(name: string): { readonly key: string; readonly ending: string } {
  const base = path.posix.basename(name);
  const dot = base.indexOf(".");
  return {
    key: name.slice(0, name.length - base.length + dot),
    ending: base.slice(dot + 1).toLowerCase(),
  };
}

/** `caption` for `json.caption`. */
function keyIn(ending: string): string {
  return ending.startsWith("json.") ? ending.slice("json.".length) : "";
}
