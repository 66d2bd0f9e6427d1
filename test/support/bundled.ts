// A test module bundled with its imports into one script, for processes that are started often: a TypeScript loader takes a
// second in each.
import { builtinModules } from "node:module";
import { build } from "rolldown";
import { root } from "../runtime/cli/command.js";

/** The script for `node --input-type=module -`, run in the project's folder so that packages are found. */
export async function bundled(file: string): Promise<string> {
  const { output } = await build({
    input: file,
    cwd: root,
    write: false,
    platform: "node",
    resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
    treeshake: { moduleSideEffects: false },
    external: (id) => /^[^./\0]/.test(id) || builtinModules.includes(id),
    output: { format: "esm", codeSplitting: false },
    logLevel: "warn",
  });
  return output[0].code;
}
