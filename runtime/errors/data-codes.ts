// Codes of data: mistakes in records (V910–V919), properties that a specification requires of its data (V953–V959), and lists,
// lines and files that are not what they are read as (V978, V980–V983).

/** One row: `message` from its holes, `help` is the edit that fixes it, `explain` is the text of `vlmo explain`. */
export interface CodeEntry {
  readonly message: (holes: never) => string;
  readonly help: string;
  readonly explain: string;
}

/** Codes of records, images and vocabularies. */
export const recordCodes = {
  V910: {
    message: (h: { file: string; reason: string }) => `cannot read \`${h.file}\`: ${h.reason}`,
    help: "check that the path in the data block names a file that can be read; a relative one starts from the folder of the specification",
    explain: "A file that a data block names (records, vocabulary) is missing, is a folder, or may not be read.",
  },
  V911: {
    message: (h: { what: string; reason: string }) => `this line is not ${h.what}: ${h.reason}`,
    help: "write one JSON object per line, or set `on_error: skip` to leave such lines out and count them",
    explain:
      "A file of JSON lines holds one object per line, a table one row of as many values as its header has; empty lines are " +
      "allowed. Usually a line was truncated, or a quote in a table is not doubled.",
  },
  V912: {
    message: (h: { field: string; has: string; of?: "table" }) =>
      h.of === undefined
        ? `the record has no field \`${h.field}\`; it has ${h.has}`
        : `the table has no column \`${h.field}\`; it has ${h.has}`,
    help: "correct the record, or set `on_error: skip` to leave such records out and count them",
    explain: "Every record must hold each field that the data block's kind needs, and a table a column of each name.",
  },
  V913: {
    message: (h: { field: string; wanted: string; got: string }) =>
      `the field \`${h.field}\` should be ${h.wanted}, but is ${h.got}`,
    help: "correct the record, or set `on_error: skip` to leave such records out and count them",
    explain: "A field of a record holds a value of another kind than the data block's kind needs.",
  },
  V914: {
    message: (h: { field: string }) => `the field \`${h.field}\` is an empty text: it has no tokens`,
    help: "give the record a text, or set `on_error: skip` to leave such records out and count them",
    explain:
      "A text of nothing but white space, or of characters that cannot be seen, has no tokens to learn from, so it is never " +
      "used silently.",
  },
  V915: {
    message: (h: { path: string; folder: string }) => `the image path \`${h.path}\` leads out of \`${h.folder}\``,
    help: "name images by paths inside the data block's `images` folder, or `allow` the folder that they are in",
    explain:
      "Records may come from anyone; what they name must lie inside the folder that the data block names. Links to files " +
      "and folders are followed there; `allow` names other folders that paths and links may lead to.",
  },
  V916: {
    message: (h: { path: string; but?: string }) =>
      `there is no image \`${h.path}\`${h.but === undefined ? "" : `: ${h.but}`}`,
    help: "check the data block's `images` folder, or set `on_error: skip` to leave such records out and count them",
    explain:
      "A record names an image file that does not exist. A name is also found in another normal form of Unicode, as a Mac " +
      "writes it; capitals and small letters are distinguished.",
  },
  V917: {
    message: (h: { path: string; reason: string }) => `cannot decode the image \`${h.path}\`: ${h.reason}`,
    help: "replace the file, or set `on_error: skip` to leave such records out and count them",
    explain:
      "An image file is cut off, damaged, too large, or of an unsupported format, or a mask stores something other than " +
      "class numbers. What a file is, its first bytes say, not its name; docs/data.md lists what is read.",
  },
  V918: {
    message: (h: { reason: string }) => `the vocabulary cannot be used: ${h.reason}`,
    help: "a vocabulary holds one token per line, among them [PAD], [UNK], [CLS], [SEP] and [MASK], none twice",
    explain: "WordPiece needs a vocabulary with its five special tokens; ids are line numbers from 0.",
  },
  V919: {
    message: (h: { data: string; reason: string }) => `the data set \`${h.data}\` cannot feed this run: ${h.reason}`,
    help: "use a smaller batch, more data, or data of the kind that the stage's heads need",
    explain: "A data set holds too few usable items for one batch, or does not supply what a batch must hold.",
  },
  V990: {
    message: (h: { first: string; second: string; normal: string }) =>
      `the answers \`${h.first}\` and \`${h.second}\` of the list are one: both are compared as \`${h.normal}\``,
    help: "keep one of the two in `answers`",
    explain:
      "Answers are compared as the official evaluation of VQA does: without articles and punctuation, in small letters, " +
      "numbers in digits, contractions with their apostrophes. Two classes for one answer could never both be right.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;

/** Codes of a specification's requirements. */
export const askedCodes = {
  V953: {
    message: (h: { data: string; declared: string; found: string }) =>
      `the data \`${h.data}\` declares ${h.declared} items, but there are ${h.found}`,
    help: "write the number that is there, or leave `items` out where no stage counts epochs",
    explain:
      "`items` is what `plan` and epochs are worked out from without the disk, so it must be what the disk holds. For " +
      "`shapes` it takes the first so many; of records on disk it takes none away.",
  },
  V954: {
    message: (h: { head: string; classes: string; data: string; found: string }) =>
      `the head \`${h.head}\` has ${h.classes} classes, but the data \`${h.data}\` have ${h.found}`,
    help: "give the head as many classes as the data have",
    explain:
      "A classifier has one output for each class or answer of its data, in their order. With more or fewer it would learn " +
      "classes that are none, or meet labels that it has no output for.",
  },
  V955: {
    message: (h: { head: string; last: number; item: string; label: number; others: number }) =>
      `\`${h.item}\` has the label ${h.label}, but the classes of the head \`${h.head}\` are 0..${h.last}` +
      (h.others === 0 ? "" : ` (and ${h.others} more items)`),
    help: "give the head more classes, or correct the labels; they are counted from 0",
    explain: "A label is the number of a class, from 0. Where the data name no `classes`, every item is looked at.",
  },
  V993: {
    message: (h: { stage: string; duration: string; items: string; batch: number }) =>
      `stage \`${h.stage}\` has 0 steps: ${h.duration} of ${h.items} items in batches of ${h.batch}`,
    help: "write `steps: …`, more `epochs`, or a smaller `batch`",
    explain: "An epoch is as many steps as the data fill batches; a stage must have at least one step.",
  },
  V976: {
    message: (h: { data: string; reason: string }) => `the data \`${h.data}\` cannot be packed: ${h.reason}`,
    help: "pack data that lie in files; what is generated needs no shards",
    explain:
      "`vlmo data pack` copies images and masks byte for byte, and writes texts, classes and answers beside them.",
  },
  V977: {
    message: (h: { folder: string; found: string }) => `\`${h.folder}\` is not empty: it holds \`${h.found}\``,
    help: "name a new folder, or empty it",
    explain:
      "What a command writes as a folder goes into one of its own: shards of one data block, files of one exported model. " +
      "Nothing that was there is mixed with it, or replaced.",
  },
  V974: {
    message: (h: { stage: string; warmup: string; steps: string; total: string; items: string }) =>
      `the warm-up of stage \`${h.stage}\`, ${h.warmup}, is ${h.steps} steps, and the stage has ${h.total}: an epoch is ${h.items} items`,
    help: "make the warm-up shorter, as in `warmup: 10%`, or the stage longer",
    explain:
      "The learning rate would never reach its peak. Items of data that do not say how many there are are counted when " +
      "training begins, and only then it is known how many steps an epoch has.",
  },
  V956: {
    message: (h: { file: string; found: string; declared: string }) =>
      `the vocabulary \`${h.file}\` has ${h.found} tokens, but the model says \`vocabulary: ${h.declared}\``,
    help: "write the number of the file's tokens, or name the vocabulary that is meant",
    explain:
      "The model has a row in its word table for each token of the vocabulary. A vocabulary that was learnt and saved with " +
      "a checkpoint may be smaller than its table; no other may differ.",
  },
  V957: {
    message: (h: { first: string; second: string; what: string; difference: string }) =>
      `the data \`${h.first}\` and \`${h.second}\` do not have the same ${h.what} in the same order: ${h.difference}`,
    help: "give both data blocks the same list",
    explain:
      "Labels and answers are numbers in a list. Data that are used together, or one after the other by the same head, must " +
      "have the same list: the same number would mean different things. Where a block names none, it is made of its own " +
      "records or folders; `from(DATA)` takes that of another data block, and a file holds one name a line.",
  },
  V958: {
    message: (h: { data: string; count: string }) => `the data \`${h.data}\` have ${h.count} more mistakes`,
    help: "fix those above first; `on_error: skip` leaves broken records out and counts them",
    explain: "Of the mistakes in one data block the first 20 are shown, and the others counted.",
  },
  V959: {
    message: (h: { file: string; reason: string }) => `\`${h.file}\` cannot be used: ${h.reason}`,
    help: "move the file, correct the data block, or set `on_error: skip` to leave such files out and count them",
    explain:
      "With `format: folder` the folders say what images are: each class has a folder of its own, and a mask has the path of " +
      "its image in the `masks` folder, with any ending. In an archive the members of a sample follow one another, each once; " +
      "of a table the columns that are read hold texts, numbers, bytes, or lists of them.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;

/** Codes of lists, lines and files that are not what they are read as. */
export const fileCodes = {
  V980: {
    message: (h: { file: string; reason: string }) => `the list \`${h.file}\` cannot be used: ${h.reason}`,
    help: "a list of classes or answers holds one name a line, none twice",
    explain:
      "`classes` and `answers` of a data block are a list, `from(DATA)`, or a file of one name a line. The line is the number " +
      "of the class or answer, so a name that stands twice, or that has blanks around it, is never passed over.",
  },
  V981: {
    message: (h: { reason: string }) => `this line cannot be read: ${h.reason}`,
    help: "save the file as text in UTF-8, a record a line; `on_error: skip` leaves such lines out and counts them",
    explain:
      "Text is UTF-8, and lines end in a line feed (before it a carriage return may stand). Bytes that are no UTF-8 are " +
      "never replaced by a character for what is lost.",
  },
  V982: {
    message: (h: { file: string; what: string; wanted: string }) => `\`${h.file}\` is ${h.what}, not ${h.wanted}`,
    help: "name the file that is meant, or read it with the format that it has",
    explain:
      "A file is in another encoding, packed, or a data set in another format than the one that the data block names. The " +
      "first and last bytes show; docs/data.md says how other formats become JSON lines.",
  },
  V978: {
    message: (h: { name: string; reason: string }) => `the class \`${h.name}\` cannot be drawn: it ${h.reason}`,
    help: "`classes` are the background, then names of categories as the file writes them",
    explain:
      "Masks are drawn from the outlines of objects in categories. `classes` says which categories are classes and in which " +
      "order; before them stands the class of what lies in no object, unless that is no class (`reduce_zero_label: true`).",
  },
  V983: {
    message: (h: { data: string; what: string; other: string }) =>
      `the data \`${h.data}\` take their ${h.what} from \`${h.other}\`, which has no list of them`,
    help: "name the list there, or take it from other data",
    explain: "Labels that are numbers make no list of classes; `classes` in that data block gives them names.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
