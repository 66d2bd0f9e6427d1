// The extension: starts the language server and registers the commands of lenses and menus.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  commands,
  env,
  ProcessExecution,
  Task,
  TaskPanelKind,
  TaskRevealKind,
  tasks,
  TaskScope,
  Uri,
  window,
  workspace,
  type ExtensionContext,
} from "vscode";
import { LanguageClient, RevealOutputChannelOn, TransportKind, type ServerOptions } from "vscode-languageclient/node";
import { fileCommands, idOf, lensCommand, taskType } from "./commands.js";
import { installedProgram, namedProgram, type Program, type Surroundings } from "./program.js";

let client: LanguageClient | undefined;

/** Called by VS Code when the first specification is opened. */
export async function activate({ subscriptions, extensionPath }: ExtensionContext): Promise<void> {
  const files = Object.entries(fileCommands).map(([name, { options }]) =>
    commands.registerCommand(`vlmo.${name}`, (uri?: Uri) => runFile(name, options, uri)),
  );
  const restart = (): Promise<void> => start(extensionPath);
  subscriptions.push(
    ...files,
    commands.registerCommand(lensCommand, (line: readonly string[]) => run(line)),
    commands.registerCommand(idOf("report"), showReport),
    commands.registerCommand(idOf("documentation"), () => openPage(join(extensionPath, "docs"))),
    commands.registerCommand(idOf("restart"), restart),
    workspace.onDidChangeConfiguration((change) => (change.affectsConfiguration("vlmo.path") ? restart() : undefined)),
  );
  await start(extensionPath);
}

/** Called by VS Code when it closes. */
export async function deactivate(): Promise<void> {
  await stop();
}

/** Stopping a server that did not start fails, which is ignored. */
async function stop(): Promise<void> {
  const before = client;
  client = undefined;
  await before?.dispose().catch(() => undefined);
}

/** Starts the server, or starts it again. */
async function start(extensionPath: string): Promise<void> {
  await stop();
  const { name, program } = named();
  const selector = ["file", "untitled"].map((scheme) => ({ scheme, language: "vlmo" }));
  client = new LanguageClient("vlmo", "VLMo", serverOf(program, extensionPath), {
    documentSelector: selector,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  });
  if (name !== "" && program === null)
    offerSettings(
      `VLMo: \`vlmo.path\` is \`${name}\`, which does not exist; the extension's own language server is used.`,
    );
  await client
    .start()
    .catch(() =>
      offerSettings("VLMo: the language server did not start. Only highlighting and snippets are available."),
    );
}

/** The value of the setting, and the program it names. */
function named(): { readonly name: string; readonly program: Program | null } {
  const name = workspace.getConfiguration("vlmo").get<string>("path", "").trim();
  return { name, program: name === "" ? null : namedProgram(name, surroundings()) };
}

function surroundings(): Surroundings {
  const folders = (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  return {
    folders: workspace.isTrusted ? folders : [],
    searchPath: process.env["PATH"] ?? "",
    isWindows: process.platform === "win32",
    exists: existsSync,
  };
}

function serverOf(program: Program | null, extensionPath: string): ServerOptions {
  return program === null
    ? { module: join(extensionPath, "server", "server.js"), transport: TransportKind.stdio }
    : { command: program.command, args: [...program.args, "lsp", "--stdio"] };
}

/** Shows a message with a button for the settings; the caller does not wait for an answer. */
function offerSettings(message: string): void {
  const open = "Open Settings";
  const opened = async (): Promise<void> => {
    if ((await window.showErrorMessage(message, open)) === open)
      await commands.executeCommand("workbench.action.openSettings", "vlmo.path");
  };
  opened().catch(() => undefined);
}

/** Runs a command on the file chosen in the explorer, or on the open one. */
async function runFile(name: string, options: readonly string[], uri: Uri | undefined): Promise<void> {
  const chosen = uri instanceof Uri ? uri : window.activeTextEditor?.document.uri;
  if (chosen?.scheme !== "file") {
    await window.showWarningMessage("VLMo: open a `.vlmo` file first, and save it.");
    return;
  }
  await workspace.openTextDocument(chosen).then((document) => document.save());
  await run([name, chosen.fsPath, ...options]);
}

/** Runs `vlmo` in a terminal without a shell: titles of tests are untrusted text. */
async function run(line: readonly string[]): Promise<void> {
  const { name, program: chosen } = named();
  const program = name === "" ? installedProgram(surroundings()) : chosen;
  if (program === null) {
    await offerSettings(
      name === ""
        ? "VLMo: found no `vlmo` in the folder's node_modules or on the PATH. Install it, or set `vlmo.path`."
        : `VLMo: \`vlmo.path\` is \`${name}\`, which is not there.`,
    );
    return;
  }
  const [verb = "", path = ""] = line;
  const folder = workspace.getWorkspaceFolder(Uri.file(path));
  const cwd = folder?.uri.fsPath ?? dirname(path);
  const execution = new ProcessExecution(program.command, [...program.args, ...line], { cwd });
  const scope = folder ?? TaskScope.Global;
  const task = new Task({ type: taskType, line: [...line] }, scope, `vlmo ${verb}`, "vlmo", execution, []);
  task.presentationOptions = { reveal: TaskRevealKind.Always, panel: TaskPanelKind.Dedicated, clear: true };
  await tasks.executeTask(task);
}

/** Opens the report of a run in the workspace; the latest is listed first. */
async function showReport(): Promise<void> {
  const pages = await workspace.findFiles("**/report.html", "**/node_modules/**");
  if (pages.length === 0) {
    await window.showInformationMessage("VLMo: no run in the workspace has a report yet; `vlmo train` writes one.");
    return;
  }
  const dated = await Promise.all(pages.map(async (uri) => ({ uri, time: (await workspace.fs.stat(uri)).mtime })));
  const items = dated
    .sort((a, b) => b.time - a.time)
    .map(({ uri }) => ({ label: workspace.asRelativePath(Uri.joinPath(uri, "..")), uri }));
  const chosen = items.length === 1 ? items[0] : await window.showQuickPick(items, { placeHolder: "Which run?" });
  if (chosen !== undefined) await env.openExternal(chosen.uri);
}

/** Shows one of the pages that come with the extension. */
async function openPage(folder: string): Promise<void> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  const items = names.sort().map((name) => {
    const [heading = name] = readFileSync(join(folder, name), "utf8").split("\n");
    return { label: heading.replace(/^#+ /, ""), description: name.replaceAll("\\", "/"), name };
  });
  const chosen = await window.showQuickPick(items, { placeHolder: "Which page?", matchOnDescription: true });
  if (chosen !== undefined) await commands.executeCommand("markdown.showPreview", Uri.file(join(folder, chosen.name)));
}
