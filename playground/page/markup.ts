// Sanitising of the server's markup: the `///` comments of a shared specification are untrusted.
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

/** The same markup with inert elements only and no attributes. */
export function sanitized(html: string): string {
  // A document from DOMParser runs no scripts and loads nothing.
  const { body } = new DOMParser().parseFromString(html, "text/html");
  for (const element of [...body.querySelectorAll("*")]) {
    if (!allowed.has(element.tagName)) element.replaceWith(element.textContent ?? "");
    else for (const { name } of [...element.attributes]) element.removeAttribute(name);
  }
  return body.innerHTML;
}
