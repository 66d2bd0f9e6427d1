// The scopes of every character of a text by a TextMate grammar, as an editor colours it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as oniguruma from "vscode-oniguruma";
import * as textmate from "vscode-textmate";
import type { TextMateGrammar } from "../../../editor/vscode/textmate.js";

/** Scopes from the outermost to the innermost; null past the end of a line. */
export type ScopesAt = (offset: number) => readonly string[] | null;

let engine: Promise<textmate.IOnigLib> | undefined;

async function load(): Promise<textmate.IOnigLib> {
  const wasm = readFileSync(createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm);
  return {
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  };
}

/** A tokenizer by a TextMate grammar. */
export async function tokeniser(rules: TextMateGrammar): Promise<(text: string) => ScopesAt> {
  engine ??= load();
  const registry = new textmate.Registry({
    onigLib: engine,
    loadGrammar: async () => textmate.parseRawGrammar(JSON.stringify(rules), "vlmo.json"),
  });
  const grammar = await registry.loadGrammar(rules.scopeName);
  if (grammar === null) throw new Error("no grammar");
  return (text) => {
    const scopes: (readonly string[] | null)[] = [];
    let state = textmate.INITIAL;
    for (const line of text.split(/(?<=\n)/)) {
      const bare = line.replace(/\r?\n$/, "");
      const { tokens, ruleStack } = grammar.tokenizeLine(bare, state);
      for (const { startIndex, endIndex, scopes: found } of tokens)
        for (let i = startIndex; i < Math.min(endIndex, bare.length); i += 1) scopes.push(found);
      for (let i = bare.length; i < line.length; i += 1) scopes.push(null);
      state = ruleStack;
    }
    return (offset) => scopes[offset] ?? null;
  };
}
