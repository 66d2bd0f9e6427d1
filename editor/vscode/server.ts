// The language server that comes with the extension, so that it works where `vlmo` is not installed.
import { serveEditor } from "../../runtime/specs/serve-editor.js";

void serveEditor();
