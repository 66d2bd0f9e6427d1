// The extension's `package.json`, from the tables of commands, settings and scopes.
import { fileCommands, idOf, lensCommand, ownCommands, taskType } from "./commands.js";
import { scopes } from "./scopes.js";
import { settings } from "./settings.js";

/** The files that the manifest names, by the tool that writes them. */
export const files = {
  main: "extension.js",
  grammar: "syntaxes/vlmo.tmLanguage.json",
  configuration: "language-configuration.json",
  snippets: "snippets/vlmo.json",
  icon: "icons/vlmo.png",
  dark: "icons/dark.svg",
  light: "icons/light.svg",
} as const;

/** The extension's metadata in a listing. */
export interface Naming {
  readonly version: string;
  readonly description: string;
  readonly license: string;
}

const isOurs = "resourceLangId == vlmo";

/** The manifest of a version. */
export function manifest({ version, description, license }: Naming) {
  return {
    name: "vlmo",
    publisher: "vlmo",
    displayName: "VLMo",
    version,
    description: `VLMo specifications: ${description}`,
    license,
    // The minimum for vscode-languageclient.
    engines: { vscode: "^1.91.0" },
    categories: ["Programming Languages", "Snippets", "Formatters", "Machine Learning"],
    keywords: ["vlmo", "vision-language", "mixture of experts", "multimodal", "training"],
    icon: files.icon,
    main: `./${files.main}`,
    // VS Code activates it when the first specification is opened, without an entry here.
    activationEvents: [],
    capabilities: {
      untrustedWorkspaces: {
        supported: "limited",
        restrictedConfigurations: ["vlmo.path"],
        description: "Specifications are checked. Neither the folder's own `vlmo` nor a path from its settings is run.",
      },
      virtualWorkspaces: {
        supported: "limited",
        description: "Only highlighting and snippets: the server reads the disk.",
      },
    },
    contributes: {
      languages: [
        {
          id: "vlmo",
          aliases: ["VLMo", "vlmo"],
          extensions: [".vlmo"],
          configuration: `./${files.configuration}`,
          icon: { light: `./${files.light}`, dark: `./${files.dark}` },
        },
      ],
      grammars: [{ language: "vlmo", scopeName: "source.vlmo", path: `./${files.grammar}` }],
      semanticTokenScopes: [{ language: "vlmo", scopes: firstScopes() }],
      snippets: [{ language: "vlmo", path: `./${files.snippets}` }],
      commands: commands(),
      taskDefinitions: [{ type: taskType, required: ["line"], properties: { line: { type: "array" } } }],
      menus: menus(),
      configuration: { title: "VLMo", properties: prefixed(settings) },
      configurationDefaults: { "[vlmo]": { "editor.tabSize": 2, "editor.insertSpaces": true } },
    },
  };
}

/** The manifest as data. */
export type Manifest = ReturnType<typeof manifest>;

/** Themes without a colour for a semantic token fall back to that of the grammar's scope. */
function firstScopes(): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(Object.entries(scopes).map(([type, [first]]) => [type, [first]]));
}

const icons: Readonly<Record<string, string>> = {
  check: "$(check)",
  plan: "$(list-tree)",
  view: "$(graph)",
  train: "$(play)",
};

function commands(): { command: string; title: string; category: string; icon?: string; enablement?: string }[] {
  const ofFiles = namesOf(fileCommands).map((name) => ({
    command: idOf(name),
    title: fileCommands[name].title,
    category: "VLMo",
    ...(icons[name] !== undefined && { icon: icons[name] }),
  }));
  const own = namesOf(ownCommands).map((name) => ({ command: idOf(name), title: ownCommands[name], category: "VLMo" }));
  return [...ofFiles, ...own, { command: lensCommand, title: "Run", category: "VLMo" }];
}

/** Commands that run on a file are offered where one is open. */
function menus() {
  const ofFiles = namesOf(fileCommands).map(idOf);
  return {
    commandPalette: [
      ...ofFiles.map((command) => ({ command, when: "editorLangId == vlmo" })),
      { command: lensCommand, when: "false" },
    ],
    "editor/title/run": ofFiles.map((command, i) => ({ command, when: isOurs, group: `vlmo@${i + 1}` })),
    "explorer/context": [{ command: idOf("check"), when: isOurs, group: "vlmo@1" }],
  };
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(table) as Name[]; // Boundary: `Object.keys` returns `string[]`.
}

function prefixed(table: Readonly<Record<string, object>>): Readonly<Record<string, object>> {
  return Object.fromEntries(Object.entries(table).map(([name, setting]) => [`vlmo.${name}`, setting]));
}
