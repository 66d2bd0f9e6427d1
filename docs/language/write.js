// `npm run docs`: writes the pages generated from the checker's schemas and catalogues. A test fails if one
// is stale.
import { writeFileSync } from "node:fs";
import { diagnosticsPage, jsonSchema, referencePage } from "../../dist/compiler/index.js";

const pages = {
  "reference.md": referencePage(),
  "diagnostics.md": diagnosticsPage(),
  "vlmo.schema.json": `${JSON.stringify(jsonSchema(), null, 2)}\n`,
};

for (const [name, text] of Object.entries(pages)) {
  writeFileSync(new URL(name, import.meta.url), text);
  console.log(`docs/language/${name}`);
}
