// The JSON Schema of specifications as printed by `vlmo show --json`, from the language as data.
import { definition } from "../schema/families.js";
import type { JsonSchema } from "../schema/fields.js";
import { dataKinds, language, type Entry, type Group, type Key } from "./language.js";

/** docs/language/vlmo.schema.json, as an object. */
export function jsonSchema(): JsonSchema {
  const groups = language();
  const block = (name: string): Entry => {
    const found = entriesOf(groups, "block").find((entry) => entry.name === name);
    if (found === undefined) throw new Error(`internal: no block ${name}`);
    return found;
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A .vlmo specification",
    description:
      "What `vlmo show FILE --json` gives under `plain`: everything after `extends`, params and defaults. Made by `npm run docs` from the schemas that the checker reads by.",
    ...object({
      vlmo: { const: 1 },
      param: { ...named({ type: "string" }), description: "What a param stands for, as written." },
      ...Object.fromEntries(declarations.map((kind) => [kind, named({ $ref: definition(kind) })])),
    }),
    $defs: {
      model: declaration(block("model"), {}),
      stage: declaration(block("stage"), { word: { enum: ["stage", "finetune"] } }, { from: text("Where it begins.") }),
      evaluate: declaration(block("evaluate"), {
        on: text("The data set."),
        using: text("The stage."),
        metrics: { type: "array", items: { type: "string" }, description: "What is measured." },
      }),
      head: { oneOf: entriesOf(groups, "head").map(head) },
      data: { oneOf: entriesOf(groups, "data").map(data) },
      ...Object.fromEntries(
        groups.filter(({ kind }) => kind === "constructor").map((group) => [definitionName(group.what), family(group)]),
      ),
    },
  };
}

const declarations = ["model", "head", "data", "stage", "evaluate"] as const;

function entriesOf(groups: readonly Group[], kind: Group["kind"]): readonly Entry[] {
  return groups.filter((group) => group.kind === kind).flatMap(({ entries }) => entries);
}

function definitionName(what: string): string {
  return definition(what).slice("#/$defs/".length);
}

function text(description: string): JsonSchema {
  return { type: "string", description };
}

/** An object whose keys are names in the specification. */
function named(schema: JsonSchema): JsonSchema {
  return { type: "object", additionalProperties: schema };
}

type Properties = Readonly<Record<string, JsonSchema>>;

function object(properties: Properties, required: readonly string[] = []): JsonSchema {
  return { type: "object", properties, ...(required.length > 0 && { required }), additionalProperties: false };
}

/** An object with the keys of an entry, preceded by clauses, required or optional (`loose`). */
function keyed(keys: readonly Key[], clauses: Properties = {}, loose: Properties = {}): JsonSchema {
  const properties = keys.map((key): [string, JsonSchema] => [key.name, keySchema(key)]);
  const filled = keys.filter((key) => key.isRequired || key.default !== null).map(({ name }) => name);
  return object({ ...loose, ...clauses, ...Object.fromEntries(properties) }, [...Object.keys(clauses), ...filled]);
}

function keySchema({ json, section, doc }: Key): JsonSchema {
  return { ...(section === null ? json : keyed(section)), description: doc };
}

/** A declaration: its documentation, the clauses before its block, and its keys; `loose` clauses are optional. */
function declaration({ keys, doc }: Entry, clauses: Properties, loose: Properties = {}): JsonSchema {
  return { description: doc, ...keyed(keys, clauses, { doc: comment, ...loose }) };
}

const comment = text("The documentation in front of it.");

function head(entry: Entry): JsonSchema {
  const features = { type: "array", items: { type: "string" }, description: "The features it takes." };
  return declaration(entry, { kind: { const: entry.name }, features });
}

function data(entry: Entry): JsonSchema {
  const keys = entry.keys.map((key) => (key.name === "format" ? { ...key, json: { const: entry.name } } : key));
  return declaration({ ...entry, keys }, { kind: { enum: dataKinds.map(([kind]) => kind) } });
}

/** A call of a family's constructor: an object whose only property, named after the constructor, holds its arguments. */
function family({ entries }: Group): JsonSchema {
  return {
    oneOf: entries.map(({ name, keys, doc }) => ({ ...object({ [name]: keyed(keys) }, [name]), description: doc })),
  };
}
