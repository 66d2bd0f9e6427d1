// The page around a view: messages above it, and the script that updates it below. An exported file has neither.
import { readFileSync } from "node:fs";
import { join as pathOf } from "node:path";
import { frameOf, html, join, raw, type Html } from "../../view/index.js";
import { viewStyle } from "./style.js";

/** The contents of a page. */
export interface Content {
  /** Identifies the contents. */
  readonly id: string;
  readonly title: string;
  readonly messages: Html | null;
  /** As markup. */
  readonly parts: readonly string[];
  readonly style: string;
}

const kind = "vlmo view";

/** The page of a server. */
export function livePage({ id, title, messages, parts, style }: Content): string {
  const script = readFileSync(pathOf(import.meta.dirname, "in-browser.js"), "utf8");
  return frameOf({ title, kind, style: viewStyle + style }, [
    html`<p id="state" class="note" role="status"></p>`,
    html`<div id="messages" role="status">${messages ?? raw("")}</div>`,
    html`<div id="parts" data-shown="${id}">${join(parts.map((part) => html`<div>${raw(part)}</div>`))}</div>`,
    raw(`<script>${script}</script>`),
  ]);
}

/** The page as a file of its own. */
export function exportedPage({ title, parts, style }: Pick<Content, "title" | "parts" | "style">): string {
  return frameOf({ title, kind, style: viewStyle + style }, parts.map(raw));
}
