// HTML as a template tag that escapes inserted texts, so that a name in a specification can never become markup.

/** Markup that is safe to put into a page. */
export interface Html {
  readonly text: string;
}

/** Markup from a template; texts are escaped, markup is inserted unchanged. */
export function html(parts: TemplateStringsArray, ...holes: readonly (string | Html)[]): Html {
  const filled = parts.map((part, i) => {
    const hole = holes[i];
    if (hole === undefined) return part;
    return part + (typeof hole === "string" ? escaped(hole) : hole.text);
  });
  return { text: filled.join("") };
}

/** Marks a text as markup, unescaped. */
export function raw(text: string): Html {
  return { text };
}

/** Concatenates parts that are already escaped. */
export function join(parts: readonly Html[]): Html {
  return { text: parts.map(({ text }) => text).join("") };
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (char) => entities[char] ?? char);
}
