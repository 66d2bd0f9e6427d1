// The first page of a subject as one file, which needs no server and no script.
import { writeTextAtomically } from "../formats/atomic.js";
import { exportedPage } from "./page.js";
import type { Shown, Subject } from "./view.js";

/** Writes the page and returns its contents; nothing is written where they have errors. Throws V923. */
export async function exportView(subject: Subject, file: string): Promise<Shown> {
  const view = await subject.view([]);
  if (view === null) throw new Error("internal: a subject without a page");
  let shown = await view.show();
  while (shown.isPartial) shown = await view.show();
  const { title, parts, style } = shown;
  if (parts === null) return shown;
  await writeTextAtomically(file, exportedPage({ title, style, parts: parts.map(({ text }) => text) }));
  return shown;
}
