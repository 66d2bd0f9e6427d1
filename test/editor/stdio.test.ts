// A session with the real `vlmo lsp --stdio`, by an independent client library.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  createProtocolConnection,
  ErrorCodes,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
} from "vscode-languageserver-protocol/node";
import { marked, mark } from "./open.js";
import { changed, data, main } from "./spec.js";

let folder: string;
let child: ChildProcessWithoutNullStreams;
let client: ProtocolConnection;
let errors = "";
const published: PublishDiagnosticsParams[] = [];

beforeEach(() => {
  // A blank and a letter that URIs escape.
  folder = join(mkdtempSync(join(tmpdir(), "vlmo-lsp-")), "spécs here");
  mkdirSync(folder);
  writeFileSync(join(folder, "main.vlmo"), main);
  writeFileSync(join(folder, "data.vlmo"), data);
  child = spawn(process.execPath, ["dist/bundle/main.js", "lsp", "--stdio"]);
  child.stderr.on("data", (chunk: Buffer) => (errors += String(chunk)));
  client = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  published.length = 0;
  client.onNotification(
    "textDocument/publishDiagnostics",
    (found: PublishDiagnosticsParams) => void published.push(found),
  );
  client.onRequest("client/registerCapability", () => null);
  client.listen();
});

afterEach(() => {
  client.dispose();
  child.kill();
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

const options = { tabSize: 2, insertSpaces: true };
const uriOf = (name: string): string => pathToFileURL(join(folder, name)).href;

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !holds(); i += 1) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(holds()).toBe(true);
}

test("opens, changes, completes, renames across files, and ends on `exit`", async () => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const initialized = await client.sendRequest("initialize", {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "specs" }],
    capabilities: {
      textDocument: { completion: { completionItem: { snippetSupport: true } } },
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true } },
    },
  });
  expect(initialized).toMatchObject({ serverInfo: { name: "vlmo" }, capabilities: { hoverProvider: true } });
  await client.sendNotification("initialized", {});

  const [uri, languageId] = [uriOf("main.vlmo"), "vlmo"];
  await client.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId, version: 1, text: main } });
  await until(() => published.some((each) => each.uri === uri && each.version === 1 && each.diagnostics.length === 0));

  const { text, position } = marked(changed(["learn: itc + itm", `learn: itc + ${mark}`]));
  const line = { start: { line: position.line, character: 0 }, end: { line: position.line, character: 18 } };
  const contentChanges = [{ range: line, text: text.split("\n")[position.line] ?? "" }];
  await client.sendNotification("textDocument/didChange", { textDocument: { uri, version: 2 }, contentChanges });
  await until(() => published.some((each) => each.version === 2 && each.diagnostics.length > 0));
  const items = await client.sendRequest<{ label: string }[]>("textDocument/completion", {
    textDocument: { uri },
    position,
  });
  expect(items.map(({ label }) => label)).toEqual(expect.arrayContaining(["itc", "itm"]));

  const declared = { line: 3, character: 5 };
  const renamed = await client.sendRequest("textDocument/rename", {
    textDocument: { uri: uriOf("data.vlmo") },
    position: declared,
    newName: "captions",
  });
  expect(renamed).toMatchObject({ changes: { [uri]: [{}, {}, {}], [uriOf("data.vlmo")]: [{}] } });
  const refused = client.sendRequest("textDocument/rename", {
    textDocument: { uri: uriOf("data.vlmo") },
    position: declared,
    newName: "two words",
  });
  await expect(refused).rejects.toThrow("is no name");

  await client.sendRequest("shutdown");
  await client.sendNotification("exit");
  expect(await ended).toBe(0);
  expect(errors).toBe("");
});

test("serves a client that rejects the server's requests", async () => {
  const refused: string[] = [];
  for (const request of ["client/registerCapability", "workspace/inlayHint/refresh"])
    client.onRequest(request, () => {
      refused.push(request);
      return new ResponseError(ErrorCodes.MethodNotFound, "not here");
    });
  await client.sendRequest("initialize", {
    processId: process.pid,
    rootUri: null,
    capabilities: {
      workspace: { didChangeWatchedFiles: { dynamicRegistration: true }, inlayHint: { refreshSupport: true } },
    },
  });
  await client.sendNotification("initialized", {});
  const uri = uriOf("main.vlmo");
  const textDocument = { uri, languageId: "vlmo", version: 1, text: main };
  await client.sendNotification("textDocument/didOpen", { textDocument });
  await client.sendNotification("workspace/didChangeWatchedFiles", { changes: [] });
  await until(() => refused.length >= 2);
  expect(new Set(refused).size).toBe(2);
  expect(await client.sendRequest("textDocument/formatting", { textDocument: { uri }, options })).toEqual([]);
  expect(child.exitCode).toBe(null);
});

test("ends when its stdin is closed", async () => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await client.sendRequest("initialize", { processId: null, rootUri: null, capabilities: {} });
  child.stdin.end();
  expect(await ended).toBe(1);
});
