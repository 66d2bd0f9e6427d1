// The language server that comes with the extension, so that it works where `vlmo` is not installed.
import { serveEditor } from "../../runtime/specs/serve-editor.js";

// eslint-disable-next-line @typescript-eslint/no-floating-promises -- it never ends
serveEditor();
