// Bundles the command line, so that it starts fast: `vlmo check` needs 700 small files of its dependencies otherwise.
// Reads what tsc has written. What is native, large or rarely needed stays outside and is loaded when it is used.
const bundled = /^(chevrotain|@chevrotain|lodash-es|zod|commander|picocolors|protobufjs|@protobufjs|long)(\/|$)/;

export default {
  input: "dist/runtime/cli/main.js",
  platform: "node",
  external: (id) => /^(node:|[^./])/.test(id) && !bundled.test(id),
  output: { dir: "dist/bundle", format: "esm", cleanDir: true },
  checks: { eval: false },
};
