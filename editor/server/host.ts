// What the server is given by whoever connects it: files, a clock, and somewhere to send to. Nothing of Node, so that tests and a
// page in a browser are hosts as well.
import type { Diagnostic } from "vscode-languageserver-types";
import type { FileAccess } from "../../compiler/front-end.js";

/** What surrounds a server. */
export interface Host {
  /** Files that are not open in the editor. */
  readonly files: FileAccess;
  /** Paths of the specifications of the workspace. */
  specifications(): readonly string[];
  /** The path of a document; null where it is no file. */
  pathOf(uri: string): string | null;
  uriOf(path: string): string;
  /** Shows what is wrong with a document; its version where it is open. */
  publish(found: Published): void;
  /** Says that hints may have changed. */
  refresh(): void;
  /** Runs something later, and returns how to keep it from running. */
  later(work: () => void, milliseconds: number): () => void;
}

/** All that is wrong with a document. */
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
  /** Texts with places to fill in. */
  readonly snippets: boolean;
}
