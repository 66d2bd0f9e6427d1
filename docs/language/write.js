// `npm run docs`: writes the pages that are made of the checker's own schemas and catalogues. A test fails where one
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
