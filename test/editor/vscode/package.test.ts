// The extension as installed: packed, unpacked into an empty folder, its server run over stdio, its entry started in a stub of
// VS Code.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createProtocolConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type Hover,
  type PublishDiagnosticsParams,
} from "vscode-languageserver-protocol/node";
import * as yauzl from "yauzl";
import { textMateGrammar } from "../../../editor/vscode/textmate.js";
import { capabilities } from "../../../editor/index.js";

let work: string;
let names: string[];

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "vlmo-vscode-"));
  const file = join(work, "packed.vsix");
  const made = spawnSync(process.execPath, ["editor/vscode/package.js", "--out", file], { encoding: "utf8" });
  expect([made.stderr, made.stdout]).toEqual(["", `${file}\n`]);
  names = await unpack(file, join(work, "unpacked"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

async function unpack(file: string, folder: string): Promise<string[]> {
  const zip = await promisify<string, yauzl.Options, yauzl.ZipFile>(yauzl.open)(file, {
    lazyEntries: true,
    autoClose: false,
  });
  const found: string[] = [];
  const entries = new Promise<yauzl.Entry[]>((done, failed) => {
    const all: yauzl.Entry[] = [];
    zip.on("entry", (entry: yauzl.Entry) => (all.push(entry), zip.readEntry()));
    zip.on("end", () => done(all));
    zip.on("error", failed);
    zip.readEntry();
  });
  for (const entry of await entries) {
    const path = join(folder, entry.fileName);
    mkdirSync(dirname(path), { recursive: true });
    const stream = await promisify<yauzl.Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip))(entry);
    await pipeline(stream, createWriteStream(path));
    found.push(entry.fileName);
  }
  zip.close();
  return found;
}

const inExtension = (...path: string[]): string => join(work, "unpacked", "extension", ...path);
const read = (...path: string[]): string => readFileSync(inExtension(...path), "utf8");

/** All paths in a manifest. */
function pathsIn(value: unknown): string[] {
  if (typeof value === "string") return value.startsWith("./") ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(pathsIn) : [];
}

describe("the packed extension", () => {
  test("has two manifests that list its contents", () => {
    const manifest = JSON.parse(read("package.json"));
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(manifest).toMatchObject({ name: "vlmo", version, engines: { vscode: expect.stringMatching(/^\^\d/) } });
    const said = readFileSync(join(work, "unpacked", "extension.vsixmanifest"), "utf8");
    expect(said).toContain(
      `<Identity Language="en-US" Id="vlmo" Version="${version}" Publisher="${manifest.publisher}" />`,
    );
    const assets = [...said.matchAll(/Path="extension\/([^"]+)"/g)].map(([, path = ""]) => path);
    const named = [...pathsIn(manifest), manifest.icon, ...assets];
    expect(named.length).toBeGreaterThan(9);
    expect(named.filter((path) => !existsSync(inExtension(path)))).toEqual([]);
    const types = readFileSync(join(work, "unpacked", "[Content_Types].xml"), "utf8");
    const endings = new Set(names.slice(2).map((name) => name.split(".").at(-1)));
    expect([...endings].filter((ending) => !types.includes(`Extension=".${ending}"`))).toEqual([]);
  });

  test("contains only the files it uses, and is small", () => {
    const kinds = new Set(names.map((name) => name.split("/").slice(0, 2).join("/")));
    expect([...kinds].sort()).toEqual([
      "[Content_Types].xml",
      "extension.vsixmanifest",
      "extension/LICENSE.txt",
      "extension/README.md",
      "extension/docs",
      "extension/extension.js",
      "extension/icons",
      "extension/language-configuration.json",
      "extension/package.json",
      "extension/server",
      "extension/snippets",
      "extension/syntaxes",
    ]);
    expect(readFileSync(join(work, "packed.vsix")).length).toBeLessThan(2 ** 20);
  });

  test("contains the current grammar", () => {
    expect(JSON.parse(read("syntaxes", "vlmo.tmLanguage.json"))).toEqual(JSON.parse(JSON.stringify(textMateGrammar())));
  });

  test("declares every token type of the server for themes", () => {
    const [{ scopes }] = JSON.parse(read("package.json")).contributes.semanticTokenScopes;
    expect(Object.keys(scopes).sort()).toEqual([...capabilities.semanticTokensProvider.legend.tokenTypes].sort());
  });
});

test("its server answers over stdio, outside the project", async () => {
  const text = 'vlmo 1\n\nmodel Small {\n  layers: "four"\n}\n';
  const uri = "file:///nowhere/main.vlmo";
  const child = spawn(process.execPath, [inExtension("server", "server.js"), "--stdio"], { cwd: work });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += String(chunk)));
  const ended = new Promise((done) => child.once("exit", done));
  const client = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  const published = new Promise<PublishDiagnosticsParams>((done) =>
    client.onNotification("textDocument/publishDiagnostics", done),
  );
  client.listen();
  const params = { processId: process.pid, rootUri: null, capabilities: {} };
  const { version } = JSON.parse(read("package.json"));
  expect(await client.sendRequest("initialize", params)).toMatchObject({ serverInfo: { name: "vlmo", version } });
  await client.sendNotification("initialized", {});
  const textDocument = { uri, languageId: "vlmo", version: 1, text };
  await client.sendNotification("textDocument/didOpen", { textDocument });
  const { diagnostics } = await published;
  expect(diagnostics).toEqual(
    expect.arrayContaining([expect.objectContaining({ code: expect.stringMatching(/^V\d/) })]),
  );
  const asked = { textDocument: { uri }, position: { line: 3, character: 4 } };
  const hover = await client.sendRequest<Hover>("textDocument/hover", asked);
  expect(JSON.stringify(hover.contents)).toContain("layers");
  await client.sendRequest("shutdown");
  await client.sendNotification("exit");
  expect([await ended, errors]).toEqual([0, ""]);
  client.dispose();
});

test("it starts, runs its commands without a shell, and stops", () => {
  const folder = join(work, "folder");
  const main = join(folder, "node_modules/vlmo/dist/bundle/main.js");
  mkdirSync(dirname(main), { recursive: true });
  writeFileSync(main, "");
  const session = resolve("test/editor/vscode/session.js");
  const { stdout, stderr, status } = spawnSync(process.execPath, [session, inExtension(), folder], {
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  const told = JSON.parse(stdout);

  const { contributes } = JSON.parse(read("package.json"));
  const offered = contributes.commands.map(({ command }: { command: string }) => command);
  expect(told.commands.sort()).toEqual(offered.sort());
  const file = join(folder, "a.vlmo");
  const lines = told.tasks.map(({ execution }: { execution: { command: string; args: string[] } }) => [
    execution.command,
    ...execution.args,
  ]);
  expect(lines).toEqual([
    ["node", main, "test", file, "--only", 'it\'s $(touch x); "y"'],
    ["node", main, "check", file],
    ["node", main, "view", file, "--open"],
  ]);
  const nowhere = "VLMo: found no `vlmo` in the folder's node_modules or on the PATH. Install it, or set `vlmo.path`.";
  expect(told.messages).toEqual([
    "VLMo: open a `.vlmo` file first, and save it.",
    nowhere,
    // The same folder, untrusted.
    nowhere,
    "VLMo: no run in the workspace has a report yet; `vlmo train` writes one.",
    "VLMo: `vlmo.path` is `nowhere`, which does not exist; the extension's own language server is used.",
    "VLMo: `vlmo.path` is `nowhere`, which is not there.",
  ]);
  expect(told.executed).toContainEqual(["markdown.showPreview", expect.objectContaining({ scheme: "file" })]);
});
