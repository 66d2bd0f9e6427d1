// Constraints between the numbers of a model: width and heads, image and patch size, text length and span, experts of a layer.
import { diagnose } from "../../codes.js";
import { positionRuleOf } from "../../positions/index.js";
import type { Report } from "../../resolve/module.js";
import { most } from "../../schema/most.js";
import { imageTokens } from "../../spec/geometry.js";
import type { ExpertSpec, ModelSpec, View } from "../../spec/spec.js";
import type { Context } from "../context.js";
import type { Checking, PlaceOf } from "./place.js";
import { layersText } from "./placement.js";

/** Reports violations; true if there are none. */
export function agrees(model: ModelSpec, place: PlaceOf, context: Context): boolean {
  let isRight = true;
  const report: Report = (diagnostic) => {
    isRight = false;
    context.report(diagnostic);
  };
  for (const check of [checkHeads, checkPatches, checkTokens, checkPositions, checkHidden])
    check({ model, place, report });
  reportRivals(model, report);
  return isRight;
}

function checkHeads({ model: { width, attention }, place, report }: Checking): void {
  const { heads } = attention;
  if (width % heads === 0) return;
  const related = [{ span: place(null, "width"), message: `width ${width}` }];
  report(diagnose("V301", place("attention", "heads"), { width, heads }, { related, help: nearHeads(width, heads) }));
}

function nearHeads(width: number, heads: number): string {
  const divisors = Array.from({ length: Math.min(width, 4 * heads + 8) }, (_, i) => i + 1).filter(
    (n) => width % n === 0,
  );
  const nearest = divisors.sort((a, b) => Math.abs(a - heads) - Math.abs(b - heads)).slice(0, 2);
  return `${nearest.join(" and ")} divide ${width}`;
}

function checkPatches({ model: { image }, place, report }: Checking): void {
  if (image === null || image.size % image.patch === 0) return;
  const { size, patch } = image;
  const down = Math.max(patch, Math.floor(size / patch) * patch);
  const related = [{ span: place("image", "patch"), message: `patch ${patch}px` }];
  const help = `${down}px and ${down + patch}px are`;
  report(diagnose("V302", place("image", "size"), { size, patch }, { related, help }));
}

function checkTokens({ model, place, report }: Checking): void {
  const tokens = imageTokens(model);
  if (model.image === null || tokens <= most.tokens) return;
  const { size, patch } = model.image;
  const related = [{ span: place("image", "patch"), message: `patch ${patch}px` }];
  const holes = { tokens: tokens.toLocaleString("en-US"), most: most.tokens.toLocaleString("en-US") };
  const help = `make patches ${Math.ceil(size / Math.sqrt(most.tokens)) + 1}px or more, or the image smaller`;
  report(diagnose("V313", place("image", "size"), holes, { related, help }));
}

function checkPositions(checking: Checking): void {
  const { position } = checking.model.attention;
  positionRuleOf(position).check?.(position, checking);
}

function checkHidden({ model: { experts, width }, place, report }: Checking): void {
  for (const { name, ratio, span } of experts) {
    const hidden = Number((ratio * width).toPrecision(12));
    if (Number.isInteger(hidden)) continue;
    const related = [{ span: place(null, "width"), message: `width ${width}` }];
    const whole = Math.max(1, Math.round(hidden));
    const help = `\`ratio: ${whole / width}\` gives ${whole}`;
    report(diagnose("V311", span, { expert: name, hidden }, { related, help }));
  }
}

/** Reports experts that serve the same view in the same layer as another, each with the first such expert. */
function reportRivals(model: ModelSpec, report: Report): void {
  const serving = new Map<string, ExpertSpec>();
  for (const expert of model.experts) {
    const shared = new Map<ExpertSpec, { readonly view: View; readonly layers: number[] }>();
    for (const view of expert.views) {
      for (const layer of expert.layers) {
        const first = serving.get(`${view} ${layer}`);
        if (first === undefined) serving.set(`${view} ${layer}`, expert);
        else if (first !== expert) {
          const both = shared.get(first) ?? { view, layers: [] };
          if (both.view === view) both.layers.push(layer);
          shared.set(first, both);
        }
      }
    }
    for (const [first, { view, layers }] of shared) {
      const related = [{ span: first.span, message: `\`${first.name}\` serves \`${view}\` here` }];
      const holes = { first: first.name, second: expert.name, view, layers: layersText(layers) };
      report(diagnose("V305", expert.span, holes, { related, help: `give each layer one expert for \`${view}\`` }));
    }
  }
}
