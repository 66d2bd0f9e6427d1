// The page: connects files, editor, language server and panels.
import { formatDocument, LSPClient } from "@codemirror/lsp-client";
import type { EditorView } from "@codemirror/view";
import { uriOf, type Texts } from "../files.js";
import { own, type Look } from "../messages.js";
import { fragmentOf, longest, stateOf } from "./address.js";
import { listFiles } from "./chooser.js";
import { startLanguage } from "./connection.js";
import { Documents } from "./documents.js";
import { createEditor, serverExtensions, type Editor } from "./editor.js";
import { byId } from "./elements.js";
import { sanitized } from "./markup.js";
import { fixHere, problems } from "./problems.js";
import { startTabs } from "./tabs.js";
import { startTraining } from "./training.js";

/** The file that is open at first. */
const first = "specs/quickstart.vlmo";

/** Milliseconds from the last letter typed to the update of the panels. */
const pause = 300;

class Page {
  private readonly client: LSPClient;
  private readonly documents: Documents;
  private readonly editor: Editor;
  private readonly choose = startTabs();
  private readonly files = byId<HTMLSelectElement>("file");
  private readonly training = startTraining({ path: () => this.path, texts: () => this.documents.texts() });
  private path = first;
  private timer = 0;

  constructor(private readonly shipped: Texts) {
    const list = byId("problems");
    const changed = (): void => this.changed();
    const show = (path: string): EditorView => this.show(path);
    this.client = new LSPClient({
      timeout: 30_000,
      workspace: (client) => new Documents(client, shipped, { show, changed }),
      sanitizeHTML: sanitized,
      extensions: [...serverExtensions, problems({ list, show, counted })],
    });
    // The client has created it, as configured.
    this.documents = this.client.workspace as Documents;
    this.client.connect(startLanguage());
    this.editor = createEditor(byId("text"), { client: this.client, changed, fix: fixHere(list) });
    this.files.addEventListener("change", () => this.open(this.files.value));
    byId("new").addEventListener("click", () => this.begin());
    byId("format").addEventListener("click", () => formatDocument(this.editor.view));
    byId("share").addEventListener("click", () => void copied(byId("share")));
    byId("reset").addEventListener("click", () => this.reset());
  }

  /** Restores the state in the address. */
  async restore(): Promise<void> {
    const state = await stateOf(window.location.hash);
    if (state !== null && state.changed.size > 0) {
      this.documents.add(state.changed);
      this.editor.forget();
    }
    this.open(state !== null && this.documents.at(state.path) !== undefined ? state.path : first);
  }

  /** Opens a new file for the user. */
  private begin(): void {
    let path = "mine/new.vlmo";
    for (let i = 2; this.documents.at(path) !== undefined; i++) path = `mine/new-${i}.vlmo`;
    this.documents.add(new Map([[path, "vlmo 1\n\n"]]));
    this.show(path).focus();
  }

  private reset(): void {
    this.documents.reset(this.shipped);
    this.editor.forget();
    this.open(this.shipped.has(this.path) ? this.path : first);
  }

  /** Opens a file in the editor and makes the editor visible. */
  private show(path: string): EditorView {
    if (path !== this.path) this.open(path);
    if (byId("editor").hidden) this.choose("editor");
    return this.editor.view;
  }

  private open(path: string): void {
    // Sends the latest changes first.
    this.client.sync();
    const text = this.documents.at(path)?.text();
    if (text === undefined) return;
    this.path = path;
    this.editor.open(path, uriOf(path), text);
    this.changed();
  }

  private changed(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.settle(), pause);
  }

  /** Updates everything derived from the texts. */
  private async settle(): Promise<void> {
    const { path, documents, shipped } = this;
    const changed = new Map([...documents.texts()].filter(([each, text]) => shipped.get(each) !== text));
    const paths = documents.files.map((file) => file.path);
    listFiles(this.files, paths, { current: path, changed: new Set(changed.keys()) });
    const fragment = await fragmentOf({ path, changed });
    if (fragment.length <= longest) window.history.replaceState(null, "", fragment);
    byId<HTMLButtonElement>("share").disabled = fragment.length > longest;
    byId<HTMLButtonElement>("reset").disabled = changed.size === 0;
    this.client.sync();
    const look = await this.client.request<{ path: string }, Look>(own.look, { path }).catch(failed);
    if (path !== this.path || look === null) return;
    this.training.offer(look.stages);
    showLook(look, path);
  }
}

/** An internal error, also logged to the console. */
function failed(error: unknown): null {
  const words = typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
  byId("problem-count").textContent = `the language server failed: ${words}`;
  return null;
}

/** The file whose plan and picture are shown, and the picture's markup. */
let seen: { readonly path: string; readonly picture: string | null } | null = null;

/** While a file has errors, its last plan and picture stay. */
function showLook({ plan, resolved, picture }: Look, path: string): void {
  for (const id of ["plan", "picture"]) byId(id).classList.toggle("stale", plan === null);
  byId("resolved-text").textContent = resolved;
  if (plan === null && seen?.path === path) return;
  byId("plan-text").textContent = plan;
  // Our own markup, which escapes the specification's text (view/html.ts). An unchanged picture is kept, so that the reader's
  // selections in it stay.
  if (seen?.picture !== picture) byId("picture-drawing").innerHTML = picture ?? "";
  seen = { path, picture };
}

function counted(problems: number): void {
  const words = `${problems} ${problems === 1 ? "problem" : "problems"}`;
  byId("problem-count").textContent = problems === 0 ? "no problems" : words;
  byId("tab-editor").classList.toggle("has-problems", problems > 0);
}

async function copied(share: HTMLElement): Promise<void> {
  const before = share.textContent;
  try {
    await navigator.clipboard.writeText(window.location.href);
    share.textContent = "Copied";
  } catch {
    share.textContent = "Copy the address";
  }
  window.setTimeout(() => (share.textContent = before), 1500);
}

// The files are embedded in the page as data (shell.ts).
const shipped = JSON.parse(byId("files").textContent ?? "{}") as Record<string, string>;
const page = new Page(new Map(Object.entries(shipped)));
void page.restore();
window.addEventListener("hashchange", () => void page.restore());
