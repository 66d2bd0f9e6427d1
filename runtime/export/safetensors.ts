// Safetensors: the parameters in our names, or in a foreign layout.
import { exportCheckpoint, layoutContext, type Exported } from "../checkpoint/index.js";
import { allowance } from "../checkpoint/allowance.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { filesBeside } from "./beside.js";
import type { Exporting, Files } from "./format.js";

/** One file of tensors, and the files needed beside it. Throws V972 where the layout has no name for a parameter. */
export function safetensorsFiles({ model, layout, allowMissing }: Exporting): Files {
  const { stage, parameters } = model;
  const { tensors, left } = exportCheckpoint(parameters, layout, layoutContext(stage.model, stage.heads));
  const allowed = allowance(allowMissing);
  const lost = left.filter(({ name }) => !allowed.allows(name));
  if (lost.length > 0) throw noRoom(layout.name, lost);
  const unused = allowed.unused();
  return {
    files: new Map([["model.safetensors", { tensors }], ...filesBeside(model)]),
    notes: [
      `${tensors.size} tensors, layout \`${layout.name}\``,
      ...leftLines(left),
      ...unused.map((name) => `\`${name}\` was allowed, which was not needed`),
    ],
  };
} // prettier-ignore

type Left = Exported["left"];

/** `left out: heads.label.* (6 tensors): …`. */
function leftLines(left: Left): string[] {
  const counts = new Map<string, { readonly reason: string; count: number }>();
  for (const { name, reason } of left) {
    const group = counts.get(patternOf(name)) ?? { reason, count: 0 };
    counts.set(patternOf(name), group);
    group.count += 1;
  }
  return [...counts].map(([pattern, { reason, count }]) => {
    const many = count === 1 ? "" : ` (${count} tensors)`;
    return `left out: ${pattern}${many}: ${reason}`;
  });
}

function noRoom(layout: string, lost: Left): Error {
  const [first] = lost;
  const more = lost.length === 1 ? "" : ` (and ${lost.length - 1} more)`;
  const named = `\`${first?.name ?? ""}\`${more}: ${first?.reason ?? ""}`;
  const patterns = [...new Set(lost.map(({ name }) => patternOf(name)))].join(",");
  return vlmoError("V972", { layout, parameters: named }, { help: `leave them out by name: --allow-missing "${patterns}"` });
} // prettier-ignore

/** A pattern for a whole head or expert, otherwise for the name in any layer. */
function patternOf(name: string): string {
  return name
    .replace(/^(heads\.[^.]+|layers\.\d+\.experts\.[^.]+)\..*$/, "$1.*")
    .replace(/^layers\.\d+\./, "layers.*.");
}
