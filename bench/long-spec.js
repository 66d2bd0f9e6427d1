// A valid specification of a given length, for timing: copies of the Base model with its heads and stages, under other names.
import { readFileSync } from "node:fs";

/** A text of about `lines` lines, in one file without imports. */
export function longSpec(lines) {
  const base = bodyOf("vlmo-base.vlmo");
  // Experts share names with stages here, and are renamed alike.
  const names = [...base.matchAll(/^(?:param|model|head|stage) (\w+)/gm)].map(([, name]) => name);
  const words = new RegExp(`\\b(${names.join("|")})\\b`, "g");
  const parts = ["vlmo 1\n", bodyOf("data.vlmo")];
  for (let i = 1, length = count(parts[1]); length < lines; i += 1, length += count(base))
    parts.push(base.replaceAll(words, `$1_${i}`).replaceAll(/^(expect|test) "(.*)"/gm, `$1 "$2, copy ${i}"`));
  return parts.join("");
}

/** A file without its header and imports. */
function bodyOf(file) {
  return readFileSync(new URL(`../specs/${file}`, import.meta.url), "utf8").replaceAll(/^(vlmo|import) .*\n/gm, "");
}

function count(text) {
  return text.split("\n").length - 1;
}
