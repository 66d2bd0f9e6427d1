// The entries to embed, from the inputs of a command line.
import { vlmoError } from "../errors/vlmo-error.js";
import type { LeftOut } from "../predict/asking.js";
import type { Question } from "../predict/answer.js";
import { onCommandLine } from "../predict/naming.js";
import { questionsOf, type Inputs, type Reader } from "../predict/questions.js";
import { entryOf, type Entry } from "./entry.js";
import type { Feature } from "./feature.js";

/** The code of the error for a feature that cannot be computed from the inputs. */
type Refused = "V901" | "V909";

/** What to do with inputs that cannot be embedded; without `leftOut` an unreadable image of a folder ends the run. */
interface Wanting {
  readonly code?: Refused;
  readonly leftOut?: LeftOut;
}

/** Entries for a feature, in the order given. Throws V910, and `code` where it cannot be computed from them. */
export async function entriesFor(
  feature: Feature,
  inputs: Inputs,
  { code = "V909", leftOut }: Wanting = {},
): Promise<Entry[]> {
  const wanting = { code, ...(leftOut && { leftOut }) };
  const read = inputs.records === null ? named : recorded;
  return (await read(feature, inputs, wanting)).map(entryOf);
}

type Wanted = Wanting & Required<Pick<Wanting, "code">>;

const namedBy = {
  V901: "name images with --image, and texts with --text",
  V909: onCommandLine.inputs,
} satisfies Record<Refused, string>;

function readerOf({ name, views }: Feature, code: Refused, images: boolean): Reader {
  const advice = namedBy[code];
  return { name: `\`${name}\``, code, advice, images: images ? 1 : 0, text: !images || views.includes("pair") };
}

async function named(feature: Feature, inputs: Inputs, { code, leftOut }: Wanted): Promise<Question[]> {
  const { name, views } = feature;
  const { images, texts } = inputs;
  const refused = (reason: string): Error => vlmoError(code, { reason });
  if (views.includes("pair")) return questionsOf(readerOf(feature, code, true), inputs, leftOut);
  if (images.length + texts.length === 0) throw refused("neither images nor texts are named");
  if (!views.includes("text") && texts.length > 0) throw refused(`\`${name}\` is made of images, and texts are named`);
  if (!views.includes("image") && images.length > 0)
    throw refused(`\`${name}\` is made of texts, and images are named`);
  const of = (image: boolean, own: Inputs) => questionsOf(readerOf(feature, code, image), own, leftOut);
  return [
    ...(images.length === 0 ? [] : await of(true, { ...inputs, texts: [] })),
    ...(texts.length === 0 ? [] : await of(false, { ...inputs, images: [] })),
  ];
}

/** Records may have images and texts: a contrastive head takes the ones that are named. */
async function recorded(feature: Feature, inputs: Inputs, { code }: Wanted): Promise<Question[]> {
  const { name, views } = feature;
  const { image, text } = inputs.fields;
  if (inputs.texts.length > 0) {
    const twice = "put the texts into the records, or run the command twice";
    throw vlmoError(code, { reason: "records are named, and texts beside them" }, { help: twice });
  }
  if (views.length === 1) return questionsOf(readerOf(feature, code, !views.includes("text")), inputs);
  if ((image === undefined) !== (text === undefined))
    return questionsOf(readerOf(feature, code, image !== undefined), inputs);
  const reason = `\`${name}\` has vectors of images and of texts, and records may have both`;
  const help = "say which by naming its field: --fields image=FIELD, or --fields text=FIELD";
  throw vlmoError(code, { reason }, { help });
}
