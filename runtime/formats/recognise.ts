// Recognises a file by its first bytes before it is read: a format of tensors, or something else that users may name by
// mistake, with a message and a remedy. Used by everything that opens tensors.
import { excerpt } from "../printable.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { readBytes, type OpenFile } from "./bytes.js";
import { firstBytes, packings } from "./first-bytes.js";

/** `torch`: the zip of torch.save. `pickle`: its format before torch 1.6. `index`: names the files of shards. */
export type TensorFormat = "safetensors" | "torch" | "pickle" | "index";

/** Names of formats in messages where another one was expected. */
export const formatWords: Readonly<Record<TensorFormat, string>> = {
  safetensors: "it is a safetensors file",
  torch: "it is a file of torch.save",
  pickle: "it is a pickle, as torch.save wrote before torch 1.6",
  index: "it is the index of a checkpoint in several files",
};

/** Bytes that are examined. */
const headBytes = 1024;

/** The format of a file. Throws V924 with what it is instead, V920. */
export async function recognise(file: OpenFile): Promise<TensorFormat> {
  const bytes = await readBytes(file, 0, Math.min(headBytes, file.size));
  const head = { path: file.path, size: file.size, bytes, text: Buffer.from(bytes).toString("latin1") };
  const format = formats.find(({ isIt }) => isIt(head))?.format;
  if (format !== undefined) return format;
  const stranger = strangers.find(({ isIt }) => isIt(head));
  // A damaged header is reported when it is read.
  if (stranger === undefined && head.path.endsWith(".safetensors") && hasLength(head)) return "safetensors";
  const { is, help } = stranger ?? unknown;
  throw vlmoError("V924", { file: file.path, reason: `it is ${is(head)}` }, { help });
}

interface Head {
  readonly path: string;
  /** Size of the file in bytes. */
  readonly size: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A character per byte. */
  readonly text: string;
}

const formats: readonly { readonly format: TensorFormat; readonly isIt: (head: Head) => boolean }[] = [
  { format: "safetensors", isIt: (head) => head.text[8] === "{" && hasLength(head) },
  { format: "torch", isIt: ({ text }) => firstBytes.zip(text) },
  { format: "pickle", isIt: ({ bytes }) => bytes[0] === 0x80 && (bytes[1] ?? 99) <= 5 },
  {
    format: "index",
    isIt: ({ path, text }) => isJson(text) && (/\.index\.json$/.test(path) || /"weight_map"/.test(text)),
  },
];

/** Safetensors begin with eight bytes of length: text has letters where the length of any real header has zeros. */
function hasLength({ bytes, size }: Head): boolean {
  return size >= 8 && new DataView(bytes.buffer).getBigUint64(0, true) < 2n ** 32n;
}

function isJson(text: string): boolean {
  return /^(\xef\xbb\xbf)?\s*[{[]/.test(text);
}

interface Stranger {
  readonly isIt: (head: Head) => boolean;
  readonly is: (head: Head) => string;
  readonly help: string;
}

const again =
  "a download that failed leaves such a file: open its address in a browser, log in where it asks, and download it again";
const resave =
  "save its tensors in the program that wrote it, with safetensors' save_file or torch.save(model.state_dict(), …)";

const strangers: readonly Stranger[] = [
  { isIt: ({ size }) => size === 0, is: () => "empty", help: "copy or download it again" },
  {
    isIt: ({ text }) => firstBytes.gitLfs(text),
    is: ({ text }) => `a Git LFS pointer: it stands for a file${lfsSize(text)} that was not downloaded`,
    help: "run `git lfs install`, then `git lfs pull` in its repository, or download the file itself",
  },
  { isIt: ({ text }) => firstBytes.html(text), is: () => "a web page (HTML)", help: again },
  {
    isIt: ({ text }) => /^(\xef\xbb\xbf)?\s*<[?!a-z]/i.test(text),
    is: (head) => `XML, as file servers send errors: ${beginning(head)}`,
    help: again,
  },
  {
    isIt: ({ text }) => isJson(text),
    is: (head) => `JSON, not tensors: ${beginning(head)}`,
    help: "name the file of weights beside it; where it shows an error, log in where its address asks, and download it again",
  },
  ...packings.map(({ name, isIt, unpack }): Stranger => ({
    isIt: ({ text }) => isIt(text),
    is: () => `compressed with ${name}`,
    help: `unpack it (\`${unpack} FILE\`), and name what is in it`,
  })),
  {
    isIt: ({ text }) => firstBytes.tar(text),
    is: () => "a tar archive",
    help: "unpack it (`tar -xf FILE`), and name the file of weights that is in it",
  },
  {
    isIt: ({ text }) => text.startsWith("\x93NUMPY"),
    is: () => "one array of NumPy (.npy), without a name",
    help: resave,
  },
  { isIt: ({ text }) => text.startsWith("\x89HDF\r\n"), is: () => "HDF5, as Keras writes weights", help: resave },
  { isIt: ({ text }) => text.startsWith("GGUF"), is: () => "GGUF, whose weights are quantized", help: resave },
  {
    isIt: ({ text }) => firstBytes.image(text) || firstBytes.pdf(text) || /^(BM|II\*\0|MM\0\*)/.test(text),
    is: () => "an image or a document",
    help: "name the file of weights",
  },
  {
    isIt: ({ text }) => /^(\x7fELF|MZ|\xcf\xfa\xed\xfe|#!)/.test(text),
    is: () => "a program",
    help: "name the file of weights",
  },

  { isIt: isText, is: (head) => `text: ${beginning(head)}`, help: again },
];

const unknown: Stranger = {
  isIt: () => true,
  is: ({ bytes }) => `of a format that is not known: it begins with the bytes ${hex(bytes.subarray(0, 8))}`,
  help: "name a .safetensors file, or one that torch.save has written",
};

/** UTF-8 without control characters; the last character may be cut off. */
function isText({ bytes, text }: Head): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return !/[\0-\x08\x0e-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}

function lfsSize(text: string): string {
  const [, size] = /^size (\d{1,15})$/m.exec(text) ?? [];
  return size === undefined ? "" : ` of ${Number(size).toLocaleString("en")} bytes`;
}

function beginning({ bytes }: Head): string {
  return `\`${excerpt(new TextDecoder().decode(bytes).trim().replace(/\s+/g, " "), 60)}\``;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
