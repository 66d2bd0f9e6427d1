// The JavaScript of the sources as by `tsc`, in a tenth of its time: types are stripped from each file, and nothing is checked.
// `npm run build:js` runs it, before tests; shipped files are written by `npm run build`.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { transform } from "rolldown/utils";

const { include, compilerOptions } = JSON.parse(await readFile("tsconfig.build.json", "utf8"));
// With it `tsc` would skip files that have not changed since it wrote them.
await rm(compilerOptions.tsBuildInfoFile, { force: true });
await Promise.all(include.map(transpileFolder));

async function transpileFolder(folder) {
  const names = await readdir(folder, { recursive: true });
  await Promise.all(names.filter((name) => name.endsWith(".ts")).map((name) => transpile(join(folder, name))));
}

async function transpile(file) {
  const { code, errors } = await transform(file, await readFile(file, "utf8"), {
    target: "es2022",
    typescript: { onlyRemoveTypeImports: true },
  });
  if (errors.length > 0) throw new Error(`${file}: ${errors.map(({ message }) => message).join("; ")}`);
  const written = join("dist", file.replace(/\.ts$/, ".js"));
  await mkdir(dirname(written), { recursive: true });
  await writeFile(written, code);
}
