// The page of `vlmo data`: the contents of data blocks, and samples as they reach the models.
import { barOf, frameOf, html, join, raw, type Html } from "../../view/index.js";
import type { Description } from "../data/describe/describe.js";
import type { Sample, Token } from "../data/describe/samples.js";
import { thumbnail, type PixelSource } from "../data/index.js";
import { repeatedText, sharedText, sizesText, tokenCountsText } from "./data-words.js";
import { factsList } from "./parts.js";
import { percent } from "./words.js";

/** The page as text. */
export async function dataPageOf(title: string, blocks: readonly Description[]): Promise<string> {
  const pictures = await picturesOf(blocks);
  const header = html`<header>
    <p class="kind">vlmo data</p>
    <h1>${title}</h1>
  </header>`;
  return frameOf({ title, kind: "vlmo data" }, [header, ...blocks.map((block) => blockSection(block, pictures))]);
}

type Pictures = ReadonlyMap<PixelSource, string>;

/** Pixels of a picture's longer side. */
const SIDE = 192;

/** Every picture as a data URL. */
async function picturesOf(blocks: readonly Description[]): Promise<Pictures> {
  const samples = blocks.flatMap(({ shown }) => shown.flatMap((each) => each.samples));
  const urls = new Map<PixelSource, string>();
  for (const picture of samples.flatMap(({ pictures, mask }) => [...pictures, ...(mask === null ? [] : [mask])])) {
    const { bytes } = await thumbnail(picture, SIDE);
    urls.set(picture, `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`);
  }
  return urls;
}

function blockSection(block: Description, pictures: Pictures): Html {
  const { name, kind, format, items, sizes, texts } = block;
  const facts: [string, string][] = [
    ["Items", items.toLocaleString("en")],
    ["Kind", kind],
    ["Format", format],
    ...(sizes === null ? [] : [["Image files", sizes.files.toLocaleString("en")] satisfies [string, string]]),
  ];
  return html`<section>
    <h2>${name}</h2>
    ${factsList(facts)}
    ${join([...(sizes === null ? [] : sizesText(sizes)), ...repeatedText(block), ...sharedText(block)].map(note))}
    ${frequencies(block)} ${join(texts.map(lengths))} ${join(block.shown.map((shown) => samples(shown, pictures)))}
  </section>`;
}

/** A sentence, with text between backticks as code. */
function note(text: string): Html {
  const parts = text.split("`").map((part, i) => (i % 2 === 0 ? html`${part}` : html`<code>${part}</code>`));
  return html`<p class="note">${join(parts)}</p>`;
}

/** Names in a table; of longer lists the commonest and the rarest. */
const COMMON = 20;
const RARE = 10;

function frequencies({ frequencies: found }: Description): Html {
  if (found === null) return raw("");
  const { counts, of, looked } = found;
  const left = counts.length - COMMON - RARE;
  const rows = left > 0 ? [...counts.slice(0, COMMON), ...counts.slice(-RARE)] : counts;
  const most = counts[0]?.count ?? 0;
  return html`<h3>${of === "questions" ? "Answers" : "Classes"} <span class="of">by ${of}</span></h3>
    ${bars(rows.map(({ name, count, share }) => ({ name, count, said: percent(share), share: count / Math.max(1, most) })))}
    ${left > 0 ? note(`${left.toLocaleString("en")} between them are not shown; --json has all.`) : raw("")}
    ${looked !== null && looked.masks < looked.all ? note(`Of ${looked.masks} of ${looked.all.toLocaleString("en")} masks.`) : raw("")}`;
}

function lengths(report: Description["texts"][number]): Html {
  const most = Math.max(1, ...report.lengths.map(({ count }) => count));
  const rows = report.lengths.map(({ from, to, count }) => ({
    name: from === to ? String(from) : `${from} – ${to}`,
    count,
    said: percent(count / report.read),
    share: count / most,
  }));
  return html`<h3>Tokens of a text <span class="of">as ${report.readers.join(", ")} count them</span></h3>
    ${bars(rows)} ${note(tokenCountsText(report))}`;
}

interface Bar {
  readonly name: string;
  readonly count: number;
  readonly said: string;
  /** Length relative to the longest bar. */
  readonly share: number;
}

function bars(rows: readonly Bar[]): Html {
  return html`<table>
    <tbody>
      ${join(
        rows.map(
          ({ name, count, said, share }) =>
            html`<tr>
              <td>${name}</td>
              <td class="wide">${barOf(share)}</td>
              <td>${count.toLocaleString("en")}</td>
              <td>${said}</td>
            </tr>`,
        ),
      )}
    </tbody>
  </table>`;
}

function samples({ reader, samples: all }: Description["shown"][number], pictures: Pictures): Html {
  return html`<h3>Samples <span class="of">as they reach ${reader}</span></h3>
    <div class="samples worded">${join(all.map((sample) => sampleOf(sample, pictures)))}</div>
    ${note("Drawn by the seed; resized, augmented, truncated and masked. Marked words and grey patches are masked.")}`;
}

function sampleOf(sample: Sample, pictures: Pictures): Html {
  const { item, texts, padding, cut, label, answers, broken, mask } = sample;
  const shown = [...sample.pictures, ...(mask === null ? [] : [mask])];
  const ends = [...(padding > 0 ? [`${padding} [PAD]`] : []), ...(cut ? ["cut"] : [])].join(", ");
  const said = [...(label === null ? [] : [label]), ...answers].join(", ");
  return html`<article class="sample">
    <div class="asking">
      ${join(shown.map((picture) => html`<img src="${pictures.get(picture) ?? ""}" alt="${item}" />`))}
    </div>
    ${join(texts.map((tokens) => html`<p class="sentence">${join(tokens.map(token))} <small>${ends}</small></p>`))}
    ${said === "" ? raw("") : html`<p><b>${said}</b></p>`}
    ${broken === null ? raw("") : html`<p class="verdict wrong"><b>${broken}</b></p>`}
    <p class="reference">${item}</p>
  </article>`;
}

function token({ text, truth }: Token): Html {
  const space = text.startsWith("##") ? "" : " ";
  const word = text.replace(/^##/, "");
  return truth === undefined ? html`${space}${word}` : html`${space}<mark>${word}</mark> <ins>${truth}</ins>`;
}
