// Paths as imports write them, with `/` between their parts on every system.

/** The path of `to` as a file `from` would write it: `./data.vlmo`, `../vlmo-base.vlmo`. */
export function relativePath(from: string, to: string): string {
  const [here, there] = [from.split("/").slice(0, -1), to.split("/")];
  let common = 0;
  while (common < here.length && common < there.length - 1 && here[common] === there[common]) common += 1;
  const up = here.slice(common).map(() => "..");
  return [...(up.length === 0 ? ["."] : up), ...there.slice(common)].join("/");
}
