// `npm run kernel`: writes kernel-code.ts from kernel.wat. A test fails where it is stale.
import { readFileSync, writeFileSync } from "node:fs";
import wabt from "wabt";

const here = (name) => new URL(name, import.meta.url);

const { parseWat } = await wabt();
const { buffer } = parseWat("kernel.wat", readFileSync(here("kernel.wat")), { simd: true }).toBinary({});
const text = Buffer.from(buffer).toString("base64");

// As a string constant it works wherever the sources do: in tests, bundled, in a web page.
writeFileSync(
  here("kernel-code.ts"),
  `/** kernel.wat, compiled by \`npm run kernel\`: a WebAssembly module in base64. */
export const kernelCode =
  "${text}";
`,
);
