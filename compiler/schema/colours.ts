// Colours, `#rrggbb`, and words that name them.
import { spanText } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { follow } from "./quantity.js";
import { mismatch, valueField } from "./fields.js";

const colourPattern = "#[0-9a-fA-F]{6}";
const namedPattern = String.raw`\S+ ${colourPattern}`;

/** A colour as `"#rrggbb"`. */
export function colour() {
  return written("a colour", colourPattern, 'a colour as "#0099ff"');
}

/** A word and the colour it names, as `"blue #0099ff"`. */
export function namedColour() {
  return written("a word and its colour", namedPattern, 'a word and its colour, as "blue #0099ff"');
}

function written(type: string, pattern: string, wanted: string) {
  const whole = new RegExp(`^${pattern}$`);
  return valueField({ type, json: { type: "string", pattern: whole.source } }, (node, input): string | null => {
    const real = follow(node, input.reading);
    if (real === null) return null;
    const { expression } = real;
    if (expression.kind === "string" && whole.test(expression.value)) return expression.value;
    if (expression.kind !== "string") return mismatch(real, input, wanted);
    input.reading.report(
      diagnose("V207", expression.span, { key: input.label, wanted, value: spanText(expression.span) }),
    );
    return null;
  });
}
