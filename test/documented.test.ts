// Every exported declaration has a docstring.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";
import { expect, it } from "vitest";

const files = ["grammar", "compiler", "editor", "view", "runtime", "playground"].flatMap((layer) =>
  readdirSync(layer, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => posix.join(layer, name.replaceAll("\\", "/"))),
);

/** Exported declarations of a file by name, with whether one of them (an overload, a type beside a value) is documented. */
function exportsOf(file: string): Map<string, boolean> {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const documented = new Map<string, boolean>();
  for (const statement of source.statements) {
    if (!isExported(statement)) continue;
    const has = ts.getJSDocCommentsAndTags(statement).length > 0;
    for (const name of namesOf(statement)) documented.set(name, has || documented.get(name) === true);
  }
  return documented;
}

function isExported(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const name = ts.getNameOfDeclaration(statement as ts.DeclarationStatement); // Exported declarations other than variables.
  return name === undefined ? [] : [name.getText()];
}

it("documents every exported declaration", () => {
  const found = files.flatMap((file) => [...exportsOf(file)].map(([name, has]) => ({ at: `${file}: ${name}`, has })));
  expect(found.length).toBeGreaterThan(1500);
  expect(found.filter(({ has }) => !has).map(({ at }) => at)).toEqual([]);
});
