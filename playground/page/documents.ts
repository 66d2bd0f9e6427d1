// The documents of the playground in the form that CodeMirror's client needs: all files, of which one is in the editor.
import { Workspace, type LSPClient, type WorkspaceFile, LSPPlugin } from "@codemirror/lsp-client";
import { ChangeSet, Text, type TransactionSpec } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import { uriOf, type Texts } from "../files.js";
import { own } from "../messages.js";

/** A file with the editor that shows it, if one does. */
class Document implements WorkspaceFile {
  readonly languageId = "vlmo";
  version = 0;
  view: EditorView | null = null;

  constructor(
    readonly path: string,
    readonly uri: string,
    public doc: Text,
  ) {}

  getView(): EditorView | null {
    return this.view;
  }

  /** The current text, including changes that the server has not seen. */
  text(): string {
    return (this.view?.state.doc ?? this.doc).toString();
  }
}

/** Callbacks for changes of files outside the editor. */
interface Surroundings {
  /** Puts a file into the editor. */
  readonly show: (path: string) => EditorView;
  readonly changed: () => void;
}

/** All files. */
export class Documents extends Workspace {
  files: Document[] = [];

  constructor(
    client: LSPClient,
    texts: Texts,
    private readonly around: Surroundings,
  ) {
    super(client);
    this.add(texts);
  }

  /** Adds files or replaces their texts. */
  add(texts: Texts): void {
    for (const [path, text] of texts) {
      const doc = Text.of(text.split("\n"));
      const known = this.at(path);
      if (known === undefined) this.files.push(new Document(path, uriOf(path), doc));
      // The editor shows its old text until the file is opened again.
      else Object.assign(known, { doc, view: null });
    }
    this.tell(texts);
  }

  /** Replaces all files by these. */
  reset(texts: Texts): void {
    this.files = this.files.filter(({ path }) => texts.has(path));
    this.add(texts);
    this.tell(texts, true);
  }

  at(path: string): Document | undefined {
    return this.files.find((file) => file.path === path);
  }

  /** All files as they are now. */
  texts(): Texts {
    return new Map(this.files.map((file) => [file.path, file.text()]));
  }

  /** The server reads closed files from the texts sent here; `whole`: there are no others. */
  private tell(texts: Texts, whole = false): void {
    this.client.notification(own.files, { texts: [...texts], whole });
  }

  override connected(): void {
    this.tell(this.texts());
    for (const file of this.files) if (file.view !== null) this.client.didOpen(file);
  }

  override syncFiles(): { file: Document; prevDoc: Text; changes: ChangeSet }[] {
    return this.files.flatMap((file) => {
      const plugin = file.view === null ? null : LSPPlugin.get(file.view);
      if (plugin === null || plugin.uri !== file.uri || plugin.unsyncedChanges.empty) return [];
      const update = { file, prevDoc: file.doc, changes: plugin.unsyncedChanges };
      file.doc = plugin.view.state.doc;
      file.version += 1;
      plugin.clear();
      return [update];
    });
  }

  override openFile(uri: string, _: string, view: EditorView): void {
    const file = this.files.find((each) => each.uri === uri);
    if (file === undefined) return;
    file.view = view;
    file.doc = view.state.doc;
    file.version += 1;
    this.client.didOpen(file);
  }

  override closeFile(uri: string): void {
    const file = this.files.find((each) => each.uri === uri);
    if (file !== undefined) file.view = null;
    this.client.didClose(uri);
  }

  /** A rename also changes files that are not in the editor. */
  override updateFile(uri: string, update: TransactionSpec): void {
    const file = this.files.find((each) => each.uri === uri);
    if (file === undefined) return;
    if (file.view !== null) return file.view.dispatch(update);
    if (update.changes === undefined) return;
    file.doc = ChangeSet.of(update.changes, file.doc.length).apply(file.doc);
    this.tell(new Map([[file.path, file.text()]]));
    this.around.changed();
  }

  override async displayFile(uri: string): Promise<EditorView | null> {
    const file = this.files.find((each) => each.uri === uri);
    return file === undefined ? null : this.around.show(file.path);
  }
}
