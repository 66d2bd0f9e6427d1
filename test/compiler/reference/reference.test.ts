// The reference pages and the JSON Schema: generated from the checker's schemas, and never stale.
import { Ajv2020 } from "ajv/dist/2020.js";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import {
  compilerCodes,
  diagnosticsPage,
  jsonSchema,
  language,
  plainSpec,
  referencePage,
  showFile,
  type Key,
} from "../../../compiler/index.js";
import { grammarCodes } from "../../../grammar/index.js";

const specs = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".vlmo"))
  .map((path) => posix.join("specs", path))
  .sort();
const disk = {
  read: (path: string) => readFileSync(path, "utf8"),
  resolvePath: (from: string, to: string) => posix.join(posix.dirname(from), to),
};

describe("pages under docs/language", () => {
  test.each([
    { name: "reference.md", made: () => referencePage() },
    { name: "diagnostics.md", made: () => diagnosticsPage() },
    { name: "vlmo.schema.json", made: () => `${JSON.stringify(jsonSchema(), null, 2)}\n` },
  ])("$name is what `npm run docs` writes", ({ name, made }) => {
    expect(readFileSync(`docs/language/${name}`, "utf8")).toBe(made());
  });

  test("every entry and every key is documented", () => {
    const undocumented = language().flatMap(({ entries }) =>
      entries.flatMap(({ name, doc, keys }) => [
        ...(doc === "" ? [name] : []),
        ...keys.flatMap(allKeys).flatMap((key) => (key.doc === "" || key.type === "" ? [`${name}.${key.name}`] : [])),
      ]),
    );
    expect(undocumented).toEqual([]);
  });

  test("the page of diagnostics lists every code", () => {
    const page = diagnosticsPage();
    const codes = Object.keys({ ...grammarCodes, ...compilerCodes });
    expect(codes.filter((code) => !page.includes(`**${code}**`))).toEqual([]);
  });
});

describe("the JSON Schema", () => {
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(jsonSchema());

  test.each(specs)("accepts %s as printed by `vlmo show --json`", (file) => {
    const shown = showFile(file, disk);
    expect(shown).not.toBeNull();
    validate(plainSpec(shown ?? []));
    expect(validate.errors).toBeNull();
  });

  test.each([
    {
      title: "an unknown key",
      change: { model: { Small: { widht: 64 } } },
      says: "must NOT have additional properties",
    },
    { title: "a ratio above 1", change: { model: { Small: { drop_path: 10 } } }, says: "must be < 1" },
    { title: "a value outside an enumeration", change: { stage: { vision: { mean: "all" } } }, says: "allowed values" },
    {
      title: "a duration without a unit",
      change: { stage: { vision: { validate: "10" } } },
      says: "must match pattern",
    },
  ])("refuses $title", ({ change, says }) => {
    const plain = plainSpec(showFile("specs/quickstart.vlmo", disk) ?? []);
    expect(validate(merged(plain, change))).toBe(false);
    expect(validate.errors?.map(({ message }) => message).join("\n")).toContain(says);
  });
});

function allKeys(key: Key): readonly Key[] {
  return [key, ...(key.section ?? []).flatMap(allKeys)];
}

/** The first value with the properties of the second. */
function merged(before: unknown, change: unknown): unknown {
  if (!isRecord(before) || !isRecord(change)) return change;
  const changed = Object.entries(change).map(([key, value]) => [key, merged(before[key], value)] as const);
  return { ...before, ...Object.fromEntries(changed) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
