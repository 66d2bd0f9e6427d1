// The fields of a JSON or multipart body, by name, each with all of its values.
import type { IncomingHttpHeaders } from "node:http";
import { limits } from "./limits.js";
import { refusal } from "./refusal.js";

/** An uploaded file. */
export interface SentFile {
  readonly name: string;
  readonly bytes: Buffer;
}

/** The values of a field, from a list or a single value. */
export interface Field {
  readonly values: readonly unknown[];
  readonly isList: boolean;
}

/** Fields by name. */
export type Fields = ReadonlyMap<string, Field>;

/** Parses a body according to its headers. Throws Refusal. */
export async function fieldsOf(body: Buffer, headers: IncomingHttpHeaders): Promise<Fields> {
  const type = headers["content-type"] ?? "";
  const [name] = type.split(";");
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") throw refusal("media", "its body is compressed, which is not supported");
  switch (name?.trim().toLowerCase()) {
    case "application/json":
      return jsonFields(body);
    case "multipart/form-data":
      return formFields(body, type);
    case undefined:
    case "":
      throw refusal("media", "it has no Content-Type", { help: instead });
    default:
      throw refusal("media", "its body is neither JSON nor multipart", { help: instead });
  }
}

const instead = "send JSON (Content-Type: application/json), or a form (multipart/form-data)";

function jsonFields(body: Buffer): Fields {
  const value = jsonIn(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refusal("form", "its body is JSON, and no object", { help: 'send an object: {"images": ["…"]}' });
  }
  const fields = Object.entries(value).map(([name, held]: [string, unknown]): [string, Field] => [
    name,
    Array.isArray(held) ? { values: held, isList: true } : { values: [held], isList: false },
  ]);
  return new Map(fields);
}

function jsonIn(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw refusal("form", "its body is no JSON in UTF-8");
  }
}

/** Empty form fields count as absent. */
async function formFields(body: Buffer, type: string): Promise<Fields> {
  const fields = new Map<string, Field>();
  for (const [name, value] of await partsOf(body, type)) {
    const held =
      typeof value === "string" ? value : { name: value.name, bytes: Buffer.from(await value.arrayBuffer()) };
    const isEmpty = typeof held === "string" ? held === "" : held.name === "" && held.bytes.length === 0;
    if (isEmpty) continue;
    // The parser replaces invalid UTF-8 with it.
    if (typeof held === "string" && held.includes("\uFFFD"))
      throw refusal("form", `its field \`${name}\` is no text in UTF-8`);
    fields.set(name, { values: [...(fields.get(name)?.values ?? []), held], isList: false });
  }
  return fields;
}

async function partsOf(body: Buffer, type: string): Promise<FormData> {
  // Per RFC 2046, so that we and the parser agree on it.
  const boundary = /;\s*boundary=("?)([\w'()+,./:=?-]{1,70})\1\s*(?:;|$)/i.exec(type)?.[2];
  if (boundary === undefined) throw refusal("form", "its multipart body has no boundary that is read");
  if (countOf(body, `--${boundary}`) > limits.parts) {
    throw refusal("size", `its multipart body has more than ${limits.parts.toLocaleString("en")} parts`);
  }
  try {
    return await new Response(body, {
      headers: { "Content-Type": `multipart/form-data; boundary="${boundary}"` },
    }).formData();
  } catch {
    throw refusal("form", "its body is not the multipart form that its headers say");
  }
}

function countOf(body: Buffer, part: string): number {
  let count = 0;
  for (let at = body.indexOf(part); at >= 0 && count <= limits.parts; at = body.indexOf(part, at + part.length))
    count++;
  return count;
}
