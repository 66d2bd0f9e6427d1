// Extracts the definitions of a Python file that a text needs, so that an exported module contains nothing unused.

/** A top-level definition: a class, a function or a constant, with the comment before it. */
interface Definition {
  readonly name: string;
  readonly text: string;
}

/** The imports of `source`, and the definitions that `text` uses, directly or through others, in their order. */
export function neededBy(text: string, source: string): { readonly imports: string; readonly definitions: string } {
  const definitions = definitionsIn(source);
  const needed = new Set<Definition>();
  const add = (reader: string): void => {
    for (const each of definitions) {
      if (needed.has(each) || !new RegExp(`\\b${each.name}\\b`).test(reader)) continue;
      needed.add(each);
      add(each.text);
    }
  };
  add(text);
  const chosen = definitions.filter((each) => needed.has(each)).map(({ text: own }) => own.trim());
  const [head = ""] = source.split("\n\n\n");
  return { imports: head.slice(head.indexOf("\nimport ")).trim(), definitions: chosen.join("\n\n\n") };
}

function definitionsIn(source: string): Definition[] {
  const blocks = source.split(/\n\n\n(?=\S)/);
  return blocks.flatMap((text) => {
    const [, name] = /^(?:class|def) (\w+)|^(\w+) = /m.exec(text)?.filter((each) => each !== undefined) ?? [];
    return name === undefined ? [] : [{ name, text }];
  });
}
