// The list of files, by folder.
import { made } from "./elements.js";

/** Lists files and marks the changed ones. */
export function listFiles(
  choice: HTMLSelectElement,
  paths: readonly string[],
  { current, changed }: { readonly current: string; readonly changed: ReadonlySet<string> },
): void {
  const folders = [...new Set(paths.map(folderOf))].sort();
  choice.replaceChildren(
    ...folders.map((folder) => {
      const own = paths.filter((path) => folderOf(path) === folder).sort();
      const options = own.map((path) =>
        made("option", { value: path }, `${nameOf(path)}${changed.has(path) ? " (changed)" : ""}`),
      );
      return made("optgroup", { label: folder === "" ? "files" : folder }, ...options);
    }),
  );
  choice.value = current;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
