// Options for the images, texts and records given to a trained model.
import { InvalidArgumentError, Option } from "commander";
import type { Inputs } from "../predict/questions.js";
import { UsageError } from "./failure.js";
import { names, path, repeated } from "./options.js";

/** The values of the options. */
export interface InputOptions {
  readonly text: readonly string[];
  readonly records?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** `--text`; `what` describes its use. */
export function textOption(what: string): Option {
  return new Option("--text <text>", what).argParser(texts).default([], "none");
}

/** `--records`. */
export function recordsOption(): Option {
  return new Option("--records <file>", "JSON lines, CSV or TSV with images and texts; - for stdin").argParser(path);
}

/** `--fields`. */
export function fieldsOption(): Option {
  return new Option("--fields <fields>", "fields of a record, as in image=path,text=question").argParser(fieldsIn);
}

function texts(text: string, before: readonly string[]): readonly string[] {
  if (text.trim() === "") throw new InvalidArgumentError("It should be a text.");
  return repeated(text, before);
}

function fieldsIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names(text, [])
      .map((part) => part.split("="))
      .map(([key = "", value = ""]) => [key, value]),
  );
}

/** The inputs as given on the command line. */
export function inputsOf(images: readonly string[], { text: texts, records, fields = {} }: InputOptions): Inputs {
  const { image, text, ...others } = fields;
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new UsageError(`--fields names no field \`${other}\``, "it takes image and text: image=path,text=question");
  const named = { ...(image !== undefined && { image: image.split(";") }), ...(text !== undefined && { text }) };
  return { images, texts, records: records ?? null, fields: named };
}
