// As much of VS Code as the extension and its client library need to start: every member exists and does nothing, except for
// those a test observes, which are recorded.

/** The recorded calls of the extension. */
export const written = { commands: {}, tasks: [], messages: [], executed: [] };
/** The user's settings, by their names after `vlmo.`. */
export const settings = {};

/** A function, class and namespace in one, whose members are the same recursively. */
function anything() {
  const members = new Map();
  return new Proxy(class {}, {
    get: (target, name) => {
      if (name === "then" || name === "prototype" || typeof name === "symbol") return target[name];
      if (!members.has(name)) members.set(name, anything());
      return members.get(name);
    },
    apply: () => new Disposable(() => undefined),
  });
}

/** Own members in front of the generic ones. */
function over(own) {
  const rest = anything();
  return new Proxy(own, { get: (_, name) => (name in own ? own[name] : rest[name]), has: () => true });
}

class Uri {
  constructor(path) {
    Object.assign(this, { scheme: "file", path, fsPath: path });
  }
  static file(path) {
    return new Uri(path);
  }
  toString() {
    return `file://${this.path}`;
  }
}

class ProcessExecution {
  constructor(command, args, options) {
    Object.assign(this, { command, args, options });
  }
}

class Task {
  constructor(...parts) {
    [this.definition, this.scope, this.name, this.source, this.execution] = parts;
  }
}

class Disposable {
  constructor(work) {
    this.dispose = work;
  }
  static from(...all) {
    return new Disposable(() => all.forEach((each) => each.dispose()));
  }
}

class CodeActionKind {
  constructor(value) {
    this.value = value;
  }
  append(more) {
    return new CodeActionKind(`${this.value}.${more}`);
  }
  static Empty = new CodeActionKind("");
}

class EventEmitter {
  event = () => ({ dispose: () => undefined });
  fire() {}
  dispose() {}
}

/** The stubbed module `vscode`. */
export const vscode = over({
  Uri,
  ProcessExecution,
  Task,
  CodeActionKind,
  Disposable,
  EventEmitter,
  version: "1.91.0",
  commands: over({
    registerCommand: (id, work) => {
      written.commands[id] = work;
      return { dispose: () => undefined };
    },
    executeCommand: async (...line) => void written.executed.push(line),
  }),
  tasks: over({ executeTask: async (task) => void written.tasks.push(task) }),
  window: over({
    activeTextEditor: undefined,
    showErrorMessage: async (text, ...items) => (written.messages.push(text), items[0]),
    showWarningMessage: async (text) => void written.messages.push(text),
    showInformationMessage: async (text) => void written.messages.push(text),
    showQuickPick: async (items) => items[0],
    createOutputChannel: () => over({ appendLine: () => undefined, dispose: () => undefined }),
  }),
  workspace: over({
    workspaceFolders: undefined,
    isTrusted: true,
    textDocuments: [],
    getWorkspaceFolder: () => undefined,
    getConfiguration: () => ({ get: (name, otherwise) => settings[name] ?? otherwise }),
    openTextDocument: async () => ({ save: async () => true }),
    findFiles: async () => [],
  }),
  env: over({ language: "en", appName: "stub" }),
});
