// The language server with this machine's files: what `vlmo lsp` runs, and what the extension for VS Code brings along.
import { serveStdio } from "../../editor/connection.js";
import { version } from "../version.js";
import { disk } from "./disk.js";
import { specificationsIn } from "./workspace.js";

/** Serves one editor over stdin and stdout, until it ends or tells the server to. */
export function serveEditor(): Promise<never> {
  return serveStdio({ files: disk, specificationsIn, version: version() });
}
