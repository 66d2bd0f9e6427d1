// The catalogue of run-time diagnostics, V9xx: one row per code with its message and typed holes, its help and the explanation
// on its page. Data owns V910–V919, V953–V959 and V980–V983; other parts of the runtime have their own tens. No logic here.

import { checkpointCodes } from "./checkpoint-codes.js";
import { askedCodes, fileCodes, recordCodes, type CodeEntry } from "./data-codes.js";
import { engineCodes } from "./engine-codes.js";
import { exportCodes } from "./export-codes.js";
import { initCodes } from "./init-codes.js";
import { precisionCodes } from "./precision-codes.js";
import { rankCodes } from "./rank-codes.js";
import { folderCodes } from "./folder-codes.js";
import { serveCodes } from "./serve-codes.js";
import { vectorCodes } from "./vector-codes.js";

/** By code, including those of data in `data-codes.ts`. */
export const codes = {
  ...recordCodes,
  ...precisionCodes,
  ...rankCodes,
  ...folderCodes,
  ...initCodes,
  ...serveCodes,
  ...vectorCodes,
  ...checkpointCodes,
  V991: {
    message: (h: { reason: string }) => `nothing can be predicted: ${h.reason}`,
    help: "`vlmo help predict` shows what each kind of head is asked",
    explain:
      "A head reads an image, a text, both, or two images and a text, depending on its features; `predict` needs exactly those. Heads that " +
      "only serve training (masked patches, visual tokens) answer nothing.",
  },
  ...exportCodes,
  V992: {
    message: (h: { stage: string; file: string }) =>
      `stage \`${h.stage}\` takes over the word table of \`${h.file}\`, which does not say its vocabulary, and would learn another`,
    help:
      'name it in the model: wordpiece(file: "vocab.txt"); or import the checkpoint again with `--vocabulary vocab.txt`, ' +
      "which keeps it beside the tensors",
    explain:
      "Rows of a word table mean the words of one vocabulary. With words learnt again from the data every row would stand for " +
      "another word, and nothing would show it.",
  },
  V937: {
    message: (h: { file: string; tensors: string }) => `weights of \`${h.file}\` are not finite: ${h.tensors}`,
    help: "use an earlier checkpoint of that training; --allow-nonfinite imports them all the same",
    explain:
      "A tensor that the model takes over holds NaN or infinite values. They spread to every output, so the first loss would " +
      "be NaN too: the training that wrote the file had failed, or the file was changed.",
  },
  V938: {
    message: (h: { file: string; sets: string }) => `\`${h.file}\` holds several sets of weights: ${h.sets}`,
    help: "choose one with --nest",
    explain:
      "A file of a training may hold the weights of a model more than once: beside `model` a running mean (`ema`), beside " +
      "`student` a `teacher`. None is chosen silently.",
  },
  V939: {
    message: (h: { file: string; which: string; names: string }) =>
      `no key of \`${h.file}\` is of ${h.which}: ${h.names}`,
    help: "name the layout that the file has with --layout",
    explain:
      "A layout says what a program calls the tensors of a model. Where none of a file's keys is of the layout that was asked " +
      "for, or of any, the file is another program's, or another model's.",
  },
  V940: {
    message: (h: { claim: string; count: number; all: number; did: string }) =>
      `expected \`${h.claim}\`, but ${h.count} of ${h.all} tensors ${h.did}`,
    help: "`vlmo plan` shows what the stage trains, freezes and does not reach",
    explain:
      "A test claims that training changes every tensor of some parts, or leaves every one of them as it was, bit by bit.",
  },
  V941: {
    message: (h: { series: string; stage: string; difference: string }) =>
      `\`${h.series}\` of \`${h.stage}\` is not as recorded: ${h.difference}`,
    help: "where the change is meant, record it again with `vlmo test --update`",
    explain:
      "A `trace` compares every step of a series with the numbers recorded beside the specification, in NAME.traces.txt.",
  },
  V942: {
    message: (h: { series: string; file: string }) => `\`${h.file}\` holds no recorded \`${h.series}\` of this test`,
    help: "record it with `vlmo test --update`, and keep the file with the specification",
    explain: "A `trace` needs numbers to compare with; nothing is recorded unless `--update` asks for it.",
  },
  V943: {
    message: (h: { file: string; line: number; reason: string }) =>
      `\`${h.file}\` cannot be read at line ${h.line}: ${h.reason}`,
    help: "undo the edit, or delete the file and record it again with `vlmo test --update`",
    explain: "A file of traces holds a title line for each trace, and under it a line `STEP VALUE` for each step.",
  },
  V944: {
    message: (h: { where: string; what: string }) => `nothing to test in ${h.where}: ${h.what}`,
    help: "write an `expect` or a `test` block, or name another file or folder",
    explain: "`vlmo test` runs the `expect` and `test` blocks of files; finding none is an error.",
  },
  V945: {
    message: (h: { name: string; value: string; place: string; what: string; range: string }) =>
      `\`${h.name}\` holds ${h.value}${h.place === "" ? "" : ` at [${h.place}]`}, but ${h.what} are ${h.range}`,
    help: "correct the numbers; --list shows which an input may hold",
    explain:
      "Some inputs hold numbers that point into something: ids of tokens into the word table, labels into the classes, forced " +
      "negatives into the batch. A number beside it has no meaning, and engines would each make something else of it. So would they of a mask that is neither 0 nor 1, or that leaves nothing of a text: [CLS] is always there.",
  },
  ...engineCodes,
  ...askedCodes,
  V960: {
    message: (h: { file: string; stages: string }) => `\`${h.file}\` has several stages: ${h.stages}`,
    help: "say which one with --stage",
    explain: "A command that works on one stage may leave out --stage only where the file has a single one.",
  },
  V961: {
    message: (h: { missing: string; known: string }) => `there is no ${h.missing}; ${h.known}`,
    help: "correct the name",
    explain: "A name given on the command line is not declared in the specification.",
  },
  V962: {
    message: (h: { program: string; names: string }) =>
      `the program \`${h.program}\` needs inputs that are not given: ${h.names}`,
    help: "put them into the file of --inputs; --list shows every input with its type and shape",
    explain: "A program runs only when each of its inputs is given, worked out from another, or has a default.",
  },
  V963: {
    message: (h: { name: string; where: string; wanted: string; got: string }) =>
      `\`${h.name}\` should be ${h.wanted}, but ${h.where} holds ${h.got}`,
    help: "--list shows every input with its type and shape",
    explain:
      "A tensor given to a program must have the shape and the kind of numbers that the program was compiled for.",
  },
  V964: {
    message: (h: { sizes: string }) => `the inputs disagree about the batch size: ${h.sizes}`,
    help: "give every input of the batch the same first dimension, or name the size with --batch",
    explain: "A program is compiled for one batch size; without --batch it is taken from the inputs' first dimension.",
  },
  V965: {
    message: (h: { where: string; stage: string; names: string }) =>
      `${h.where} lacks parameters of the stage \`${h.stage}\`: ${h.names}`,
    help: "name a checkpoint of this stage (`vlmo import` or `vlmo train` write one), or a file with these tensors",
    explain: "Parameters go by the names that `vlmo exec --list` shows; a program reads only those it needs.",
  },
  V967: {
    message: (h: { file: string; reason: string }) => `\`${h.file}\` cannot be written: ${h.reason}`,
    help: "name another place with --out",
    explain: "A result would replace something that this command must not replace, or its folder cannot be made.",
  },
  V968: {
    message: (h: { folder: string; reason: string }) => `\`${h.folder}\` is not a run that can be used: ${h.reason}`,
    help: "name the folder that `vlmo train --out` has written",
    explain: "A run folder holds run.json, metrics.jsonl and checkpoints; `--resume` and the report read them.",
  },
  V969: {
    message: (h: { program: string; stage: string; reason: string }) =>
      `the stage \`${h.stage}\` has no program \`${h.program}\`: ${h.reason}`,
    help: "choose another program with --program",
    explain: "Some programs exist only for some stages; a stage that trains nothing has no gradient, for example.",
  },
  ...fileCodes,
  V970: {
    message: (h: { stage: string; folder: string }) =>
      `\`${h.folder}\` holds no best checkpoint of stage \`${h.stage}\``,
    help: "give the stage `validate: every … steps` and `best: METRIC` and train it; without `best` its latest checkpoint is taken",
    explain:
      "A stage with `best` keeps the checkpoint of the validation that was best by that metric. Without `best`, or before its first validation, no checkpoint is better than another.",
  },
  V985: {
    message: (h: { folder: string; holder: string }) => `\`${h.folder}\` is in use: ${h.holder}`,
    help: "wait for it, stop it, or give another --out",
    explain:
      "Two trainings in one run folder would mix up their metrics and checkpoints. While one runs, the folder holds run.lock, " +
      "which names its process; the lock of a process that was killed is taken over, where it can be seen to be gone.",
  },
  V986: {
    message: (h: { stage: string; before: string; changed: string }) =>
      `stage \`${h.stage}\` starts from \`${h.before}\`, which was trained as something else in this run: ${h.changed}`,
    help: "resume with the specification as it was, or train all stages again into another --out",
    explain:
      "A checkpoint holds a hash of what its stage means. A stage that took over the parameters of another spec's " +
      "predecessor would be part of an experiment that no spec describes.",
  },
  V987: {
    message: (h: { what: string; needs: string; has: string }) =>
      `${h.what} needs ${h.needs}, and this machine has ${h.has} of memory`,
    help: "make the model, its texts or its images smaller, or a smaller `batch` or `micro`; `vlmo plan` shows what each costs",
    explain:
      "Sizes that the language allows may still be more than a machine holds. A stage must fit with its parameters, and with " +
      "a gradient and two moments for each that is trained; what else a step needs depends on `micro`.",
  },
  V988: {
    message: (h: { folder: string; checkpoint: string; reason: string }) =>
      `\`${h.folder}\` holds a run of which \`${h.checkpoint}\` cannot be used: ${h.reason}`,
    help: "bring that checkpoint back from a copy, or move it away and train its stage again",
    explain:
      "A damaged checkpoint is skipped if an older one of the same stage is usable. If none is, the stage would have to start again; " +
      "that happens only once the damaged checkpoint has been moved away.",
  },
  V996: {
    message: (h: { part: string }) => `vlmo was rebuilt or removed while it ran: its file \`${h.part}\` is gone`,
    help: "run the command again; `vlmo train --resume` continues a training",
    explain:
      "Parts of vlmo are loaded when they are needed. A build or an installation that replaces its files removes them from under commands " +
      "that are running.",
  },
  V975: {
    message: (h: { file: string; reason: string }) =>
      `the sharded checkpoint \`${h.file}\` cannot be read: ${h.reason}`,
    help: "download or copy all of its shards into the folder of the index",
    explain:
      "A large checkpoint comes in several files, and an index (`….index.json`) says which tensor is in which. All of them " +
      "must be in its folder, and hold what it says.",
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;

/** A code of the runtime. */
export type Code = keyof typeof codes;

/** The values to fill into a code's message. */
export type Holes<C extends Code> = Parameters<(typeof codes)[C]["message"]>[0];
