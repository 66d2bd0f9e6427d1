// The language server on this machine's files, for `vlmo lsp` and the extension for VS Code.
import { serveStdio } from "../../editor/connection.js";
import { version } from "../version.js";
import { disk } from "./disk.js";
import { specificationsIn } from "./workspace.js";

/** Serves one editor over stdin and stdout, until it ends or tells the server to. */
export function serveEditor(): Promise<never> {
  return serveStdio({ files: disk, specificationsIn, version: version() });
}
