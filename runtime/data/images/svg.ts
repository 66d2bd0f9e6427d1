/** A drawing with these attributes added to its root element, before its own. */
export function withAttributes(svg: string, attributes: Readonly<Record<string, number>>): string {
  const written = Object.entries(attributes).map(([name, value]) => `${name}="${value}" `);
  return svg.replace("<svg ", `<svg ${written.join("")}`);
}
