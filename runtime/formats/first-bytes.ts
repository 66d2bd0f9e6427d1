// First bytes of files that are given instead of others: the one table of them, for all that distinguishes tensors,
// records or images from something else. The message for each, with the remedy, is where it is met.

/** Whether a file begins so; `head` holds a character for each of its first bytes. */
export type FirstBytes = (head: string) => boolean;

const begins =
  (pattern: RegExp): FirstBytes =>
  (head) =>
    pattern.test(head);

/** First bytes of the files that are recognised, by what they are. */
export const firstBytes = {
  gitLfs: begins(/^version https:\/\/git-lfs\.github\.com\//),
  html: begins(/^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head)\b/i),
  pdf: begins(/^%PDF/),
  /** Of the usual kinds, where which one does not matter; no text begins so. */
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
  /** Whether it holds files, not the bytes of one. */
  readonly isArchive?: true;
}

/** What packs a file or several, with the command that unpacks it. */
export const packings: readonly Packing[] = [
  { name: "gzip", isIt: begins(/^\x1f\x8b/), unpack: "gunzip" },
  { name: "bzip2", isIt: begins(/^BZh[1-9](1AY&SY|\x17rE8P\x90)/), unpack: "bunzip2" },
  { name: "xz", isIt: begins(/^\xfd7zXZ\0/), unpack: "unxz" },
  { name: "Zstandard", isIt: begins(/^\x28\xb5\x2f\xfd/), unpack: "unzstd" },
  { name: "LZ4", isIt: begins(/^\x04\x22\x4d\x18/), unpack: "unlz4" },
  { name: "7-Zip", isIt: begins(/^7z\xbc\xaf\x27\x1c/), unpack: "7z x", isArchive: true },
  { name: "RAR", isIt: begins(/^Rar!\x1a\x07/), unpack: "unrar x", isArchive: true },
];
