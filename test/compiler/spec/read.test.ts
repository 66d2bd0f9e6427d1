// Every property of the checked specification, and every setting passed on from its schema, is read where programs are
// built, plans computed or data opened.
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { augmentations } from "../../../compiler/schema/augmentations.js";
import { innerField } from "../../../compiler/schema/defaults.js";
import { formatNames, formatOf } from "../../../compiler/schema/formats.js";
import { schedules } from "../../../compiler/schema/schedules.js";
import type { z } from "zod";

/** Files that create a specification or only print it. */
const others = /^compiler\/(check|spec\/spec|schema|codes|diff|show|reference|resolve)\b/;

const sources = ["compiler", "runtime"]
  .flatMap((layer) => readdirSync(layer, { recursive: true, encoding: "utf8" }).map((name) => `${layer}/${name}`))
  .filter((file) => file.endsWith(".ts") && !others.test(file))
  .map((file) => readFileSync(file, "utf8"));

const members = new Set(sources.flatMap((text) => [...text.matchAll(/\.(\w+)\b/g)].map(([, name = ""]) => name)));
/** Patterns of objects, as in `const { a, b: c } = …`, `({ a }) =>` and `f({ a }: T)`. */
const taken = new Set(
  sources
    .flatMap((text) => [...text.matchAll(/\{([^{};]*)\}(?=\s*(?:=[^=>]|:|(?:,[^()]*)?\) =>| of ))/g)])
    .flatMap(([, inside = ""]) => [...inside.matchAll(/(?:^|,)\s*(\w+)/g)].map(([, name = ""]) => name)),
);

/** Properties that are not read, with the reason they exist. */
const unread: Readonly<Record<string, string>> = {
  power: "read by its row in compiler/schema/schedules.ts",
};

const interfaces = [...readFileSync("compiler/spec/spec.ts", "utf8").matchAll(/readonly (\w+)\??:/g)];
const properties = new Set(interfaces.map(([, name = ""]) => name));

/** The keys of a schema, and of the sections in it. */
function keysIn({ shape }: z.ZodObject): string[] {
  return Object.entries(shape).flatMap(([key, field]) => {
    const { section } = innerField(field);
    return [key, ...(section === undefined ? [] : keysIn(section))];
  });
}

const settings = new Set([
  ...formatNames.flatMap((format) => keysIn(formatOf(format).schema)),
  ...Object.values({ ...schedules, ...augmentations }).flatMap(({ schema }) => keysIn(schema)),
]);

it("finds the properties and the settings", () => {
  expect(properties.size).toBeGreaterThan(60);
  expect(settings.size).toBeGreaterThan(30);
});

it.each([...properties, ...settings])("`%s` is read", (name) => {
  expect(members.has(name) || taken.has(name)).toBe(unread[name] === undefined);
});
