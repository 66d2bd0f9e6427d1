// The arguments of the call that is being written, with the one at the cursor.
import type { Position, SignatureHelp } from "vscode-languageserver-types";
import { cursorAt, howText, positional, type CallAt } from "../../compiler/front-end.js";
import { offsetOf } from "./convert.js";
import type { Workspace } from "./workspace.js";

/** The signature of the innermost call around a position. */
export function signatureHelp(uri: string, position: Position, workspace: Workspace): SignatureHelp | null {
  const module = workspace.moduleOf(uri);
  if (module === null) return null;
  const { call } = cursorAt(module, offsetOf(module.file.source, position));
  return call === null ? null : signatureOf(call);
}

function signatureOf({ entry, position, name }: CallAt): SignatureHelp {
  const active = name ?? positional(entry, position)?.name;
  const labels = entry.keys.map((key) => `${key.name}: ${key.default ?? key.type}`);
  const index = entry.keys.findIndex((key) => key.name === active);
  return {
    signatures: [
      {
        label: `${entry.name}(${labels.join(", ")})`,
        documentation: { kind: "markdown", value: entry.doc },
        parameters: entry.keys.map((key, i) => ({
          label: labels[i] ?? key.name,
          documentation: { kind: "markdown", value: [howText(key), key.doc].filter((part) => part !== "").join(". ") },
        })),
      },
    ],
    activeSignature: 0,
    ...(index < 0 ? {} : { activeParameter: index }),
  };
}
