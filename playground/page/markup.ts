// Markup of the server's texts: what a shared specification says in its `///` comments may be anything.
const allowed = new Set([
  "P",
  "CODE",
  "PRE",
  "EM",
  "STRONG",
  "UL",
  "OL",
  "LI",
  "BR",
  "HR",
  "H1",
  "H2",
  "H3",
  "H4",
  "SPAN",
  "BLOCKQUOTE",
  "TABLE",
  "THEAD",
  "TBODY",
  "TR",
  "TH",
  "TD",
]);

/** The same with no element that does anything, and no attribute. */
export function sanitized(html: string): string {
  // A document of this kind runs nothing and loads nothing.
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const element of [...body.querySelectorAll("*")]) {
    if (!allowed.has(element.tagName)) element.replaceWith(element.textContent ?? "");
    else for (const { name } of [...element.attributes]) element.removeAttribute(name);
  }
  return body.innerHTML;
}
