// `init: beit`, or by part `init { all: beit, experts.language: bert }`: the distribution of a model's initial weights.
import { closest, pathText, listed } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { BlockNode } from "../../resolve/blocks.js";
import { readField } from "../../schema/fields.js";
import { initScheme } from "../../schema/blocks.js";
import type { ExpertSpec, InitScheme, ModelSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";

type Init = Pick<ModelSpec, "init" | "initParts">;

const parts = ["all", "attention", "experts", "pooler", "position", "embed", "heads"];
const inner = ["embed.image", "embed.text", "embed.type"];

/** Reads `init`; mistakes are reported and left out. */
export function readInit(
  written: { readonly value: InitScheme } | { readonly block: BlockNode },
  experts: readonly ExpertSpec[],
  context: Context,
): Init {
  if ("value" in written) return { init: written.value };
  const known = [...parts, ...inner, ...experts.map(({ name }) => `experts.${name}`)];
  const schemes = new Map<string, InitScheme>();
  for (const [label, { reference, node }] of written.block.entries) {
    const path = pathText(reference);
    if (!known.includes(path) || reference.segments.some(({ layers }) => layers !== undefined)) {
      const near = closest(path, known);
      const help = near === undefined || near === path ? `parts are ${listed(known)}` : `did you mean \`${near}\`?`;
      context.report(diagnose("V201", reference.span, { owner: "`init`", key: label }, { help }));
      continue;
    }
    const scheme = readField(initScheme(), { node, label, reading: context.reading });
    if (scheme.success) schemes.set(path, scheme.data);
  }
  const { all = "scaled", ...rest } = Object.fromEntries(schemes);
  return { init: all, initParts: new Map(Object.entries(rest)) };
}
