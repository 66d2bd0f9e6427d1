// What values of tables mean for records.

/** The bytes of an image, or its path where it has none, of what Hugging Face's `datasets` write for one. */
export function imageOrPath(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(imageOrPath);
  if (!isImage(value)) return value;
  return value.bytes ?? value.path;
}

function isImage(value: unknown): value is { readonly bytes: unknown; readonly path: unknown } {
  return typeof value === "object" && value !== null && "bytes" in value && "path" in value;
}
