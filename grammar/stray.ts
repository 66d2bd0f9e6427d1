// Characters that have no meaning in the language: how they are shown, and what was probably meant.
import type { DiagnosticExtra } from "./diagnostic.js";
import type { Span } from "./source.js";

/** Characters that keyboards or word processors insert for others. */
const lookalikes: Readonly<Record<string, string>> = {
  ...characters("“”„‟″«»", '"'),
  ...characters("‘’‚‛′`", '"'),
  ...characters("–—−‐‑‒", "-"),
  "×": "*",
  "÷": "/",
  "…": "..",
  "≤": "<=",
  "≥": ">=",
  "≠": "!=",
};

function characters(from: string, to: string): Record<string, string> {
  return Object.fromEntries(Array.from(from, (char) => [char, to]));
}

/** The help for characters without meaning, and the fix if one character was typed for another. */
export function strayHelp(found: string, span: Span): Pick<DiagnosticExtra, "help" | "fix"> {
  const char = (Object.hasOwn(lookalikes, found) ? lookalikes[found] : undefined) ?? narrow(found);
  if (char !== undefined) return { help: `write \`${char}\``, fix: { span, text: char } };
  if (/\p{Letter}/u.test(found)) return { help: "names are made of `A`…`Z`, `a`…`z`, `0`…`9` and `_`" };
  if (visible(found) !== found) return { help: "it is invisible: remove it", fix: { span, text: "" } };
  return found === "@" ? metricHelp(span) : {};
}

/** `R@1`, the notation of papers: a metric at k is a call. */
function metricHelp({ file, start, end }: Span): Pick<DiagnosticExtra, "help" | "fix"> {
  const [, name = ""] = /([A-Za-z_]\w*)$/.exec(file.text.slice(Math.max(0, start - 40), start)) ?? [];
  const [k = ""] = /^\d+/.exec(file.text.slice(end, end + 10)) ?? [];
  if (!/^(r|recall|hits?|hr)$/i.test(name) || k === "")
    return { help: "a metric is written as a call, such as `recall(1)`, or `accuracy`" };
  const text = `recall(${k})`;
  return { help: `write \`${text}\``, fix: { span: { file, start: start - name.length, end: end + k.length }, text } };
}

/** The ordinary form of a full-width character: `：` is `:`. */
function narrow(found: string): string | undefined {
  const code = found.codePointAt(0) ?? 0;
  return found.length === 1 && code > 0xff00 && code < 0xff5f ? String.fromCodePoint(code - 0xfee0) : undefined;
}

/** Text with control and invisible characters replaced by their code points: `U+001B`. */
export function visible(text: string): string {
  return text.replace(unseen, (char) => `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`);
}

/** Text of a line, safe to show on a terminal: the same number of characters, all visible. */
export function harmless(text: string): string {
  return text.replace(unseen, "\u{FFFD}");
}

/** The same for a message, which may end in a list with a line for each item that starts with two blanks. */
export function harmlessMessage(text: string): string {
  return text.split(listItem).map(harmless).join(listItem);
}

const listItem = "\n  ";

// Control characters except the tab, zero-width blanks, line separators, surrogates, and marks that change the text direction.
const unseen = /(?!\t)[\p{Control}\p{Surrogate}\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu;
