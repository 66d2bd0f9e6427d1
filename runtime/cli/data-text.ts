// The contents of data blocks on the terminal, shortened: the page and --json have the rest.
import type { Description } from "../data/describe/describe.js";
import type { Sample, Token } from "../data/describe/samples.js";
import { repeatedText, sharedText, sizesText, tokenCountsText } from "../report/data-words.js";
import { percent } from "../report/words.js";

/** Lines below the line of a block. */
export function descriptionLines(block: Description): string[] {
  return [
    ...named(block.frequencies?.of === "questions" ? "answers" : "classes", frequencyLines(block)),
    ...block.texts.flatMap((report) => named("tokens", [tokenCountsText(report), ...histogram(report)])),
    ...named("sizes", block.sizes === null ? [] : sizesText(block.sizes)),
    ...named("repeated", repeatedText(block)),
    ...named("shared", sharedText(block)),
    ...block.shown
      .slice(0, 1)
      .flatMap(({ reader, samples }) => named("samples", [`as they reach ${reader}`, ...samples.map(sampleText)])),
  ];
}

const MARGIN = 10;

function named(name: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `  ${(i === 0 ? name : "").padEnd(MARGIN)}${line}`);
}

/** Names listed in a line; of longer lists only the commonest and the rarest. */
const COMMON = 6;
const RARE = 2;

function frequencyLines({ frequencies }: Description): string[] {
  if (frequencies === null) return [];
  const { counts, of, looked } = frequencies;
  const text = ({ name, count, share }: (typeof counts)[number]): string =>
    `${name} ${of === "pixels" ? percent(share) : `${count.toLocaleString("en")} (${percent(share)})`}`;
  const common = counts.slice(0, COMMON).map(text).join(", ");
  const rest = counts.slice(COMMON);
  const rare = rest.slice(-RARE).map(text).join(", ");
  const shown = rest.length === 0 ? common : `${common}, ${rest.length > RARE ? "… " : ""}${rare}`;
  const none = counts.filter(({ count }) => count === 0).length;
  const without = of === "pixels" || none === 0 ? [] : [`${none.toLocaleString("en")} of them have no item`];
  const masks =
    looked === null || looked.masks === looked.all
      ? []
      : [`of the pixels of ${looked.masks} of ${looked.all.toLocaleString("en")} masks`];
  return [shown, ...without, ...masks];
}

/** Characters of the longest bar. */
const WIDTH = 30;

function histogram({ lengths }: Description["texts"][number]): string[] {
  if (lengths.length < 2) return [];
  const most = Math.max(...lengths.map(({ count }) => count));
  return lengths.map(({ from, to, count }) => {
    const range = from === to ? String(from) : `${from}–${to}`;
    return `${range.padStart(9)}  ${"▇".repeat(Math.ceil((count / most) * WIDTH)).padEnd(WIDTH)} ${count.toLocaleString("en")}`;
  });
}

function sampleText({
  item,
  pictures,
  mask,
  texts,
  padding,
  cut,
  label,
  answers,
  maskedPatches,
  broken,
}: Sample): string {
  if (broken !== null) return `${item}: ${broken}`;
  const images = pictures.map(({ width, height }) => `${width} × ${height}`).join(" and ");
  const hidden = maskedPatches === null ? "" : `, ${maskedPatches.masked} of ${maskedPatches.patches} patches masked`;
  const ends = `${padding > 0 ? ` + ${padding} [PAD]` : ""}${cut ? " (cut)" : ""}`;
  const parts = [
    ...(images === "" ? [] : [`${images}${hidden}${mask === null ? "" : " with its mask"}`]),
    ...texts.map((tokens) => `${sentenceOf(tokens)}${ends}`),
    ...(label === null ? [] : [label]),
    ...(answers.length === 0 ? [] : [answers.join(", ")]),
  ];
  return `${item}: ${parts.join(" | ")}`;
}

function sentenceOf(tokens: readonly Token[]): string {
  return tokens.map(({ text, truth }) => (truth === undefined ? text : `${text}‹${truth}›`)).join(" ");
}
