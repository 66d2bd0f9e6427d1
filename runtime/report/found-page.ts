// The page of `vlmo search`: for every query what it found, with pictures.
import { questionOf, type Entry } from "../embed/entry.js";
import { thumbnail } from "../data/index.js";
import { orNull } from "../errors/vlmo-error.js";
import type { Found, Hit } from "../search/search.js";
import { frameOf } from "./frame.js";
import { html, join, raw, type Html } from "./html.js";
import { percent } from "./words.js";

/** The page as text; each picture is in it once for every time that it is shown. */
export async function foundPageOf(found: readonly Found[]): Promise<string> {
  const title = found.length === 1 ? (found[0]?.query.text ?? found[0]?.query.name ?? "") : `${found.length} searches`;
  const header = html`<header>
    <p class="kind">vlmo search</p>
    <h1>${title}</h1>
  </header>`;
  const sections: Html[] = [];
  for (const each of found) sections.push(await section(each));
  return frameOf({ title, kind: "vlmo search" }, [header, ...sections]);
}

async function section({ query, hits }: Found): Promise<Html> {
  const cards: Html[] = [];
  for (const [i, hit] of hits.entries()) cards.push(await card(hit, i + 1));
  return html`<section>
    <h2>${query.text ?? query.name}</h2>
    <div class="asking">${await picture(query)}</div>
    <div class="samples found">${join(cards)}</div>
  </section>`;
}

async function card({ entry, similarity, probability }: Hit, rank: number): Promise<Html> {
  const judged = probability === undefined ? raw("") : html`<b>${percent(probability)}</b> · `;
  return html`<article class="sample">
    ${await picture(entry)} ${entry.text === undefined ? raw("") : html`<p class="asked">${entry.text}</p>`}
    <p class="reference"><span class="rank">${String(rank)}</span> ${judged}${similarity.toFixed(3)} · ${entry.name}</p>
  </article>`;
}

/** Pixels of a picture's longer side. */
const SIDE = 320;

/** An image that is gone by now leaves its place empty. */
async function picture(entry: Entry): Promise<Html> {
  const [source] = questionOf(entry).images;
  const made = source === undefined ? null : await orNull(thumbnail(source, SIDE));
  if (made === null) return raw("");
  const kind = made.ending === "jpg" ? "jpeg" : "png";
  const url = `data:image/${kind};base64,${Buffer.from(made.bytes).toString("base64")}`;
  return html`<img src="${url}" alt="${entry.text ?? entry.name}" />`;
}
