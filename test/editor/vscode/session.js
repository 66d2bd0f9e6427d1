// A session of the extension in a stub of VS Code; prints its calls as JSON. `session.js EXTENSION FOLDER`.
import Module, { createRequire } from "node:module";
import { join } from "node:path";
import * as stub from "./vscode-stub.js";

const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? stub.vscode : load(name, ...rest));

const [extension, folder] = process.argv.slice(2);
const { written, settings } = stub;
const { workspace, window, Uri } = stub.vscode;
process.env.PATH = "";

async function session() {
  const { activate, deactivate } = createRequire(import.meta.url)(join(extension, "extension.js"));
  await activate({ subscriptions: [], extensionPath: extension });
  const file = join(folder, "a.vlmo");

  await written.commands["vlmo.check"]();
  await written.commands["vlmo.run"](["plan", file]);
  workspace.workspaceFolders = [{ uri: Uri.file(folder) }];
  workspace.getWorkspaceFolder = () => workspace.workspaceFolders[0];
  await written.commands["vlmo.run"](["test", file, "--only", 'it\'s $(touch x); "y"']);
  window.activeTextEditor = { document: { uri: Uri.file(file) } };
  await written.commands["vlmo.check"]();
  await written.commands["vlmo.view"]();
  workspace.isTrusted = false;
  await written.commands["vlmo.run"](["plan", file]);
  await written.commands["vlmo.report"]();
  await written.commands["vlmo.documentation"]();
  settings.path = "nowhere";
  await written.commands["vlmo.restart"]();
  await written.commands["vlmo.run"](["plan", file]);

  await deactivate();
  const commands = Object.keys(written.commands);
  // The client checks on the server once more, two seconds later.
  process.stdout.write(JSON.stringify({ ...written, commands }), () => process.exit());
}

await session();
