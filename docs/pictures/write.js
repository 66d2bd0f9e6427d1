// `npm run docs`: draws the specifications that the pages show. A test fails if a drawing is stale.
import { writeFileSync } from "node:fs";
import { stillOf } from "../../dist/view/index.js";
import { checkFile } from "../../dist/runtime/specs/check-file.js";

for (const name of ["quickstart", "vlmo-base", "vlmo-large"]) {
  const { spec } = checkFile(`specs/${name}.vlmo`, []);
  if (spec === null) throw new Error(`specs/${name}.vlmo has errors`);
  writeFileSync(new URL(`${name}.svg`, import.meta.url), stillOf(spec));
  console.log(`docs/pictures/${name}.svg`);
}
