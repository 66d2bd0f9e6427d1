// Magic numbers of files that users may name by mistake: one table for everything that has to recognise tensors, records or
// images. Each caller has its own messages with remedies.

/** Whether a file has these first bytes; `head` holds a character per byte. */
export type FirstBytes = (head: string) => boolean;

const begins =
  (pattern: RegExp): FirstBytes =>
  (head) =>
    pattern.test(head);

/** Magic numbers by file kind. */
export const firstBytes = {
  gitLfs: begins(/^version https:\/\/git-lfs\.github\.com\//),
  html: begins(/^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head)\b/i),
  pdf: begins(/^%PDF/),
  /** Of the common kinds, where the exact one does not matter; no text begins like these. */
  image: begins(/^(\x89PNG|\xff\xd8\xff|GIF8|RIFF)/),
  zip: begins(/^PK(\x03\x04|\x05\x06)/),
  /** Of Word and Excel before 2007: a compound file. */
  oldOffice: begins(/^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/),
  tar: (head) => head.startsWith("ustar", 257),
} as const satisfies Readonly<Record<string, FirstBytes>>;

interface Packing {
  readonly name: string;
  readonly isIt: FirstBytes;
  /** The command that unpacks it. */
  readonly unpack: string;
  /** Whether it contains files, instead of the compressed bytes of one. */
  readonly isArchive?: true;
}

/** Compressed files and archives, with the command that unpacks them. */
export const packings: readonly Packing[] = [
  { name: "gzip", isIt: begins(/^\x1f\x8b/), unpack: "gunzip" },
  { name: "bzip2", isIt: begins(/^BZh[1-9](1AY&SY|\x17rE8P\x90)/), unpack: "bunzip2" },
  { name: "xz", isIt: begins(/^\xfd7zXZ\0/), unpack: "unxz" },
  { name: "Zstandard", isIt: begins(/^\x28\xb5\x2f\xfd/), unpack: "unzstd" },
  { name: "LZ4", isIt: begins(/^\x04\x22\x4d\x18/), unpack: "unlz4" },
  { name: "7-Zip", isIt: begins(/^7z\xbc\xaf\x27\x1c/), unpack: "7z x", isArchive: true },
  { name: "RAR", isIt: begins(/^Rar!\x1a\x07/), unpack: "unrar x", isArchive: true },
];
