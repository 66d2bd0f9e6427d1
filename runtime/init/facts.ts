// Facts measured on data: number of samples, length of texts, number of classes.
import {
  createImageLoader,
  createTokenizer,
  decodeAll,
  filesOf,
  learnVocabulary,
  spread,
  type DataSet,
} from "../data/index.js";
import { refuse } from "../errors/vlmo-error.js";
import { maximum } from "../maximum.js";
import type { Source } from "./source.js";
import { tasks, type Facts } from "./tasks.js";

/** Texts and masks that are sampled. */
const LOOKED_AT = 5000;

/** Share of the texts that are not truncated. */
const WHOLE = 0.98;

const LONGEST = 64;

/** Measures a training data set; classes without a list are counted in the held-out data, too. */
export async function factsOf(dataSet: DataSet, source: Source, heldOut: () => Promise<DataSet>): Promise<Facts> {
  const { reads } = tasks[source.kind];
  const counted = async (): Promise<number> =>
    Math.max(await choicesIn(dataSet), tasks[source.kind].list === null ? 0 : await choicesIn(await heldOut()));
  const choices = dataSet.classes?.length ?? dataSet.answers?.length ?? (await counted());
  const about = { items: dataSet.length, images: source.images, choices };
  return reads.text ? { ...about, ...(await textFacts(dataSet)) } : { ...about, tokens: 0, vocabulary: 0 };
}

/** One more than the highest class. Throws the masks' errors where none can be read. */
async function choicesIn(dataSet: DataSet): Promise<number> {
  if (!dataSet.supplies.has("mask")) return Math.max(-1, maximum(labelsOf(dataSet))) + 1;
  const masks = filesOf(dataSet).filter(({ holds }) => holds === "mask");
  const { highest, broken } = await decodeAll(spread(masks, LOOKED_AT), createImageLoader(), () => undefined);
  if (highest.size === 0) refuse(broken);
  return Math.max(0, maximum(highest.values())) + 1;
}

function* labelsOf({ length, item }: DataSet): Generator<number> {
  for (let i = 0; i < length; i++) yield item(i).label ?? -1;
}

async function textFacts({ length, item }: DataSet): Promise<Pick<Facts, "tokens" | "vocabulary">> {
  const indices = spread([...Array(length).keys()], LOOKED_AT);
  const texts = indices.flatMap((index) => item(index).text ?? []);
  const vocabulary = await learnVocabulary(texts, length < 10_000 ? 2000 : 8000);
  const tokenizer = createTokenizer(vocabulary);
  const lengths = texts.map((text) => tokenizer.tokens(text).length + 2).sort((a, b) => a - b);
  const most = lengths[Math.min(lengths.length - 1, Math.floor(WHOLE * lengths.length))] ?? 2;
  // Unseen words are split into more tokens.
  return { tokens: Math.min(LONGEST, upTo(4, 1.25 * most)), vocabulary: upTo(100, vocabulary.length) };
}

/** Rounds up to a multiple. */
function upTo(multiple: number, value: number): number {
  return Math.ceil(value / multiple) * multiple;
}
