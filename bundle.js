// Bundles the command line, so that it starts fast: `vlmo check` would load 900 small files of its dependencies
// otherwise. Reads what tsc has written; `npm run build` runs both. Native and large packages stay outside.
import { build } from "rolldown";

const bundled = /^(chevrotain|@chevrotain|lodash-es|zod|commander|picocolors|protobufjs|@protobufjs|long)(\/|$)/;

await build({
  input: "dist/runtime/cli/main.js",
  platform: "node",
  // Our modules only declare things: what a command does not use of a door is not loaded with it.
  treeshake: { moduleSideEffects: [{ test: /^(?!.*node_modules).*\/dist\//, sideEffects: false }] },
  external: (id) => /^(node:|[^./])/.test(id) && !bundled.test(id),
  output: { dir: "dist/bundle", format: "esm", cleanDir: true },
  checks: { eval: false },
  logLevel: "warn",
});
