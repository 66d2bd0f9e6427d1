/** A drawing with these attributes on its outermost element, before those it has. */
export function withAttributes(svg: string, attributes: Readonly<Record<string, number>>): string {
  const written = Object.entries(attributes).map(([name, value]) => `${name}="${value}" `);
  return svg.replace("<svg ", `<svg ${written.join("")}`);
}
