// The files of the playground: texts by path, in a virtual folder. Page and workers identify documents by URI.
import type { FileAccess } from "../compiler/front-end.js";

/** Texts by path, as in `specs/quickstart.vlmo`. */
export type Texts = ReadonlyMap<string, string>;

const root = "file:///";

/** The URI of a file. */
export function uriOf(path: string): string {
  return root + path.split("/").map(encodeURIComponent).join("/");
}

/** The path of a URI; null where it is not a file of the playground. */
export function pathOf(uri: string): string | null {
  return uri.startsWith(root) ? decodeURIComponent(uri.slice(root.length)) : null;
}

/** The path that `to` denotes in the file `from`; there is nothing above the root folder. */
function resolvePath(from: string, to: string): string {
  const parts = to.startsWith("/") ? [] : from.split("/").slice(0, -1);
  for (const part of to.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/** The checker's access to the texts. */
export function accessTo(texts: Texts): FileAccess {
  return {
    read: (path) => texts.get(path) ?? null,
    resolvePath,
    beside: (path) => {
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      return [...texts.keys()].flatMap((each) => {
        const name = each.slice(folder.length);
        return each.startsWith(folder) && !name.includes("/") ? [name] : [];
      });
    },
  };
}
