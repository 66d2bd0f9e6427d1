// What a server needs from its host: files, a clock, and a channel to send to. Nothing of Node, so that tests and a page in a
// browser can be hosts too.
import type { Diagnostic } from "vscode-languageserver-types";
import type { FileAccess } from "../../compiler/front-end.js";

/** The environment of a server. */
export interface Host {
  /** Files that are not open in the editor. */
  readonly files: FileAccess;
  /** Paths of the specifications of the workspace. */
  specifications(): readonly string[];
  /** The path of a document; null where it is not a file. */
  pathOf(uri: string): string | null;
  uriOf(path: string): string;
  /** Shows the diagnostics of a document, with its version where it is open. */
  publish(found: Published): void;
  /** Tells the client that inlay hints may have changed. */
  refresh(): void;
  /** Runs something later; returns a function that cancels it. */
  later(work: () => void, milliseconds: number): () => void;
}

/** All diagnostics of a document. */
export interface Published {
  readonly uri: string;
  readonly version?: number;
  readonly diagnostics: Diagnostic[];
}

/** A document as the editor has it. */
export interface OpenDocument {
  readonly uri: string;
  readonly version: number;
  readonly text: string;
}

/** What a client can show. */
export interface ClientAbilities {
  /** Whether completions may be snippets with tab stops. */
  readonly snippets: boolean;
}
