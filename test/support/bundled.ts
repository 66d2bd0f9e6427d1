// One script made of a module of a test and all that it imports, for processes that are started often: a loader of
// TypeScript takes a second in each of them.
import { builtinModules } from "node:module";
import { build } from "rolldown";
import { root } from "../runtime/cli/command.js";

/** Its text, to be given to `node --input-type=module -` in the project's folder, from which packages are found. */
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
