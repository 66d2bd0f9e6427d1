// Generating a specification for the user's own data, for programs.
import type { DataFormat, DataKind } from "../../compiler/index.js";
import { initInto } from "../init/into.js";
import { usualMinutes } from "../init/usual.js";
import { modelOf } from "../train/checkpoint-of.js";
import { tellDamaged, warn, type Notice } from "./notice.js";

/** Options of `init`; all have defaults. */
export interface InitOptions {
  /** The file; default the folder's name with `.vlmo`, in the working folder. */
  readonly out?: string;
  /** Only data of this kind; default the most informative. */
  readonly kind?: DataKind;
  /** A checkpoint, or a run folder (the latest of its last stage), to initialise from; default a new model. */
  readonly from?: string;
  /** Minutes that training may take on this machine; default 8. */
  readonly minutes?: number;
  /** Called with notices for the user; by default Node prints them as warnings. */
  readonly notice?: Notice;
}

/** A generated specification. */
export interface Initialised {
  readonly file: string;
  readonly kind: DataKind;
  readonly format: DataFormat;
  /** Training samples. */
  readonly items: number;
  readonly batch: number;
  readonly steps: number;
  /** Estimated seconds of training on this machine, from its operations. */
  readonly seconds: number;
  /** Files that look like annotations and are not used, each with the reason. */
  readonly unused: readonly { readonly file: string; readonly reason: string }[];
}

/** Examines the data in a folder and writes a specification that trains on them. Throws VlmoError. */
export async function init(folder: string, options: InitOptions = {}): Promise<Initialised> {
  const { out = null, kind = null, minutes = usualMinutes, notice = warn } = options;
  const model =
    options.from === undefined ? null : await modelOf(options.from, { stage: null, best: false }, tellDamaged(notice));
  const written = await initInto({ folder, out, kind, from: model?.folder ?? null, minutes });
  const { file, chosen, facts, training, seconds } = written;
  const { kind: found, format } = chosen.learnt;
  const { batch, steps } = training;
  return { file, kind: found, format, items: facts.items, batch, steps, seconds, unused: chosen.lost };
}
