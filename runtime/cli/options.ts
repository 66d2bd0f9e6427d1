// Options shared by several commands, validated by commander (a wrong value exits with 2).
import { InvalidArgumentError, Option } from "commander";
import type { DataKind, DeviceName, Precision } from "../../compiler/index.js";
import type { Layout } from "../checkpoint/index.js";
import { backends, engineNames, type EngineName } from "../engines/backends.js";
import type { EngineChoice as Choice } from "../engines/open.js";

/** Named here so that no command loads the compiler for its options; `tsc` checks the names against the compiler's tables. */
const devices = {
  h200: true,
  h100: true,
  a100: true,
  a100_40: true,
  l40s: true,
  rtx4090: true,
  v100: true,
  t4: true,
} satisfies Record<DeviceName, true>;
/** The choices of `--device`. */
export const deviceNames = Object.keys(devices);

const kinds = {
  images: true,
  labelled_images: true,
  texts: true,
  pairs: true,
  questions: true,
  statements: true,
  masks: true,
} satisfies Record<DataKind, true>;
/** The choices of `--kind`. */
export const dataKinds = Object.keys(kinds);

const precisions = { float32: true, tf32: true, bfloat16: true } satisfies Record<Precision, true>;
const layouts = { vlmo: true, beit: true, huggingface_beit: true, vlmo_ts: true } satisfies Record<
  Layout["name"],
  true
>;
const layoutNames = Object.keys(layouts);

/** `--layout`; `what` describes its use. */
export function layoutOption(what: string): Option {
  return new Option("--layout <name>", `${what} (choices: ${layoutNames.join(", ")})`).argParser(layout);
}

function layout(text: string): string {
  if (layoutNames.includes(text)) return text;
  if (/^beit-?_?3/i.test(text))
    throw new InvalidArgumentError(
      "BEiT-3's layers have additional layer norms inside attention and the feed-forward networks (sub-LayerNorm), and separate attention projections for images and texts, which no model here has: " +
        "`beit` holds the image part, and `--to torch` of `vlmo export` is a module that you can change.",
    );
  throw new InvalidArgumentError(`Allowed choices are ${layoutNames.join(", ")}.`);
}

/** `--precision`. */
export function precisionOption(): Option {
  const words = "precision of matrix products (default: float32); tf32 needs a CUDA device";
  return new Option("--precision <name>", words).choices(Object.keys(precisions));
}

/** Options that choose an engine; its name has a default. */
export interface EngineChoice extends Choice {
  readonly engine: EngineName;
}

/** The values of an option that may be given several times. */
export function repeated(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

/** `--set`, with the texts as given; the checker parses them. */
export function setOption(): Option {
  return new Option(
    "--set <name=value>",
    "replace the value of a `param` of the file, or of a key with `stage.key=value` (repeatable)",
  )
    .argParser(repeated)
    .default([], "none");
}

/** `--stage`; `what` describes its use in this command. */
export function stageOption(what = "the stage (not needed where the file has one)"): Option {
  return new Option("--stage <name>", what);
}

/** `--best`. */
export function bestOption(): Option {
  return new Option("--best", "in a run folder, the stage's best checkpoint by its `best`");
}

/** `--csv`; it excludes `--json` and `others`. */
export function csvOption(...others: readonly string[]): Option {
  return new Option("--csv", "print a table with a header").conflicts(["json", ...others]);
}

/** Options that choose a checkpoint of a run. */
export interface CheckpointChoice {
  readonly stage?: string;
  readonly best?: true;
}

const chosen = Object.entries(backends).filter(([, names]) => names.length > 0);

const usualEngine: EngineName = "ort";

/** `--engine`, `--backend`, `--threads`, `--precision`, `--compile`. */
export function engineOptions(): Option[] {
  return [
    new Option("--engine <name>", "the engine that computes").choices(engineNames).default(usualEngine),
    new Option(
      "--backend <name>",
      chosen.map(([engine, names]) => `${engine}: ${names.join(", ")}`).join("; "),
    ).choices([...new Set(chosen.flatMap(([, names]) => [...names]))]),
    new Option("--threads <n>", "threads of the engine (default: all cores)").argParser(positive),
    precisionOption(),
    new Option("--compile", "compile programs with torch.compile: minutes once, then faster steps (torch)"),
  ];
}

/** The command-line arguments that select this engine, without defaults. */
export function engineWords({ engine, backend, threads, precision, compile }: EngineChoice): string[] {
  return [
    ...(engine === usualEngine ? [] : ["--engine", engine]),
    ...(backend === undefined ? [] : ["--backend", backend]),
    ...(threads === undefined ? [] : ["--threads", String(threads)]),
    ...(precision === undefined ? [] : ["--precision", precision]),
    ...(compile === true ? ["--compile"] : []),
  ];
}

/** `--workers`. */
export function workersOption(): Option {
  const words = "threads that load images (default: the cores the engine leaves free, at most 16)";
  return new Option("--workers <n>", words).argParser(natural);
}

/** A whole number above 0. */
export const positive = (text: string): number => wholeFrom(1, text, "It should be a whole number above 0.");

/** A whole number from 0. */
const natural = (text: string): number => wholeFrom(0, text, "It should be 0 or a whole number above it.");

/** A port; 0 for any free one. */
export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError("It should be a whole number from 0 to 65535.");
  return Number(text);
}

function wholeFrom(least: number, text: string, otherwise: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value)) throw new InvalidArgumentError(otherwise);
  return value;
}

/** The path of a file or a folder; not empty: an unset shell variable would otherwise name the working folder. */
export function path(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It should be a path.");
  if (/\p{Cc}/u.test(text))
    throw new InvalidArgumentError("It should be a path in one line, without control characters.");
  return text;
}

/** `24GiB` or `512 MiB`, in bytes. */
export function bytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?) ?(MiB|GiB)$/.exec(text.trim());
  const value = Number(match?.[1]) * (match?.[2] === "GiB" ? 2 ** 30 : 2 ** 20);
  if (match === null || value <= 0) throw new InvalidArgumentError("It should be a size such as 24GiB or 512MiB.");
  return value;
}

/** `40%` or `0.4`, above 0 and at most 1. */
export function ratio(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text.trim());
  const value = Number(match?.[1]) / (match?.[2] === "%" ? 100 : 1);
  if (match === null || value <= 0 || value > 1) throw new InvalidArgumentError("It should be a share such as 40%.");
  return value;
}

/** `a,b` and repeated use, as one list. */
export function names(text: string, before: readonly string[] | undefined): readonly string[] {
  const more = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (more.length === 0) throw new InvalidArgumentError("It should be names with commas between them.");
  return [...(before ?? []), ...more];
}
