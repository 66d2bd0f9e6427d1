// What a path that does not exist may have meant: a web address, a path of Windows, a name that is spelt otherwise in its folder.
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { closest, suggestion } from "../../grammar/index.js";

/** What to do about a path that does not exist; undefined if nothing similar exists. */
export function nearPath(named: string): string | undefined {
  if (/^file:\/\//i.test(named)) return "this is a `file:` address: name the file by its path";
  // A path made of an address has one slash less.
  if (/(?:^|\/)(?:[a-z][a-z0-9+.-]+:\/\/|(?:https?|ftp|s3|gs|hf):\/)/i.test(named)) {
    return "this is a web address, and nothing is ever downloaded: fetch the file, and name it";
  }
  const forward = named.replaceAll("\\", "/");
  if (forward !== named && existsSync(forward)) return `folders are separated by \`/\`: write \`${forward}\``;
  const near = nearest(named);
  return near === undefined ? undefined : suggestion(named, near);
}

/** The path with its first missing part replaced by a similar name of that folder, if the path then exists. */
function nearest(named: string): string | undefined {
  const parts = named.split("/");
  const missing = parts.findIndex((_, i) => !existsSync(parts.slice(0, i + 1).join("/") || "/"));
  const [above, part = "", below] = [parts.slice(0, missing), parts[missing], parts.slice(missing + 1)];
  const names = namesIn(above.join("/") || (path.isAbsolute(named) ? "/" : "."));
  // A name that is listed is a link to nothing.
  const near = names.includes(part) ? undefined : alike(part, names);
  const meant = near === undefined ? undefined : [...above, near, ...below].join("/");
  return meant !== undefined && existsSync(meant) ? meant : undefined;
}

function alike(name: string, names: readonly string[]): string | undefined {
  return names.find((each) => each.normalize() === name.normalize()) ?? closest(name, names);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // it cannot be listed: nothing can be suggested
  }
}
