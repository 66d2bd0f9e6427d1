// Which keys a declaration's block has: the schema it is read by, and those of its sections.
import { pathText } from "../../grammar/index.js";
import type { z } from "zod";
import { ruleNamed } from "../heads/index.js";
import type { Merged } from "../resolve/extend.js";
import { evaluationSchema, modelSchema, modelSections, stageSchema } from "../schema/blocks.js";
import { experts } from "../schema/constructors.js";
import { innerField } from "../schema/defaults.js";
import { blockKeys, isFormat } from "../schema/formats.js";
import type { Signature } from "../schema/signature.js";

/** What a block may contain. */
export interface Keys {
  /** Its fields; empty if keys are free, or if no defaults are filled in. */
  readonly fields: ReadonlyMap<string, z.core.$ZodType>;
  readonly section: (key: string) => Keys;
  /** The constructors for the value of a key. */
  readonly family: (key: string) => Readonly<Record<string, Signature>>;
}

/** For a block that only lists changes: no defaults are filled in. */
const open: Keys = { fields: new Map(), section: () => open, family: () => ({}) };

const expertKeys: Keys = { ...open, family: () => experts };

const inModel: ReadonlyMap<string, Keys> = new Map([
  ["attention", keysOf(modelSections.attention)],
  ["image", keysOf(modelSections.image)],
  ["text", keysOf(modelSections.text)],
  ["experts", expertKeys],
]);

/** A stage's `with`: parts of a model, without defaults. */
const change: Keys = {
  ...open,
  section: (key) => ({ ...open, family: inModel.get(key)?.family ?? open.family }),
  family: keysOf(modelSchema).family,
};

function keysOf(schema: z.ZodObject, sections: ReadonlyMap<string, Keys> = new Map()): Keys {
  // A Map, because keys come from the user, and a plain object also has `constructor`.
  const fields: ReadonlyMap<string, z.core.$ZodType> = new Map(Object.entries(schema.shape));
  return {
    fields,
    family: (key) => innerField(fields.get(key)).family ?? {},
    section: (key) => {
      const inner = innerField(fields.get(key)).section;
      return sections.get(key) ?? (inner === undefined ? open : keysOf(inner));
    },
  };
}

/** The keys of a declaration's own block. */
export function keysFor({ declared, body, call }: Merged): Keys {
  switch (declared.kind) {
    case "model":
      return keysOf(modelSchema, inModel);
    case "stage":
      return keysOf(stageSchema, new Map([["with", change]]));
    case "evaluate":
      return keysOf(evaluationSchema);
    case "head":
      return keysOfHead(call === undefined ? "" : pathText(call.what.callee));
    case "data": {
      const format = body.entries.get("format")?.node;
      const word = format?.kind === "value" ? format.expression : undefined;
      const name = word?.kind === "reference" ? pathText(word) : "";
      return isFormat(name) ? keysOf(blockKeys(name)) : open;
    }
    case "param":
      return open;
  }
}

function keysOfHead(kind: string): Keys {
  const rule = ruleNamed(kind);
  return rule === undefined ? open : keysOf(rule.schema);
}
