// `npm run package:vscode`: the extension for VS Code as one file, `dist/vlmo.vsix`, from the output of tsc: run `npm run build`
// first. Nothing is downloaded: the server and the client library are bundled, and a `.vsix` is a zip with two manifests.
//
//   node editor/vscode/package.js [--out dist/vlmo.vsix]
import {
  cpSync,
  createWriteStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";
import sharp from "sharp";
import { ZipFile } from "yazl";
import { languageConfiguration } from "../../dist/editor/vscode/language-configuration.js";
import { files, manifest } from "../../dist/editor/vscode/manifest.js";
import { snippets } from "../../dist/editor/vscode/snippets.js";
import { textMateGrammar } from "../../dist/editor/vscode/textmate.js";
import { contentTypes, vsixManifest } from "../../dist/editor/vscode/vsix.js";

const { values } = parseArgs({ options: { out: { type: "string", default: "dist/vlmo.vsix" } } });
// The unpacked folder is kept: `code --extensionDevelopmentPath` takes it.
const folder = values.out.replace(/(\.vsix)?$/, ".extension");

const described = manifest(JSON.parse(readFileSync("package.json", "utf8")));
rmSync(folder, { recursive: true, force: true });
write("package.json", described);
write(files.grammar, textMateGrammar());
write(files.configuration, languageConfiguration);
write(files.snippets, snippets);
cpSync("editor/vscode/icons", join(folder, "icons"), { recursive: true });
cpSync("editor/vscode/README.md", join(folder, "README.md"));
cpSync("LICENSE", join(folder, "LICENSE.txt"));
cpSync("docs", join(folder, "docs"), { recursive: true, filter: isPage });
await Promise.all([
  bundle("dist/editor/vscode/extension.js", files.main, ["vscode"]),
  bundle("dist/editor/vscode/server.js", "server/server.js", []),
  sharp(join(folder, files.dark), { density: 1152 }).resize(256).png().toFile(join(folder, files.icon)),
]);
await zip();
console.log(values.out);

function write(name, data) {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(data, null, 2)}\n`);
}

/** Whether a path is user documentation or a folder of it. */
function isPage(path) {
  return basename(path) !== "decisions" && (path.endsWith(".md") || statSync(path).isDirectory());
}

/** Bundles a file with all its imports: VS Code loads scripts by `require`. */
async function bundle(input, name, external) {
  const bundled = await rolldown({
    input,
    platform: "node",
    external: [...external, /^node:/],
    treeshake: { moduleSideEffects: [{ test: /^(?!.*node_modules).*\/dist\//, sideEffects: false }] },
    logLevel: "warn",
  });
  const minify = { compress: false, mangle: false, codegen: { removeWhitespace: true } };
  await bundled.write({ file: join(folder, name), format: "cjs", codeSplitting: false, minify });
  await bundled.close();
}

/** The folder's files under `extension/`, with the two manifests; byte-identical between builds. */
async function zip() {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .sort();
  const made = new ZipFile();
  const times = { mtime: new Date(Date.UTC(1980, 0, 1, 12)), forceDosTimestamp: true };
  made.addBuffer(Buffer.from(vsixManifest(described)), "extension.vsixmanifest", times);
  made.addBuffer(Buffer.from(contentTypes(names)), "[Content_Types].xml", times);
  for (const name of names) made.addBuffer(readFileSync(join(folder, name)), `extension/${name}`, times);
  made.end();
  await pipeline(made.outputStream, createWriteStream(values.out));
}
