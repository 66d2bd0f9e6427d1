// The page of `vlmo search`: the hits of every query, with pictures.
import path from "node:path";
import { frameOf, html, join, raw, type Html } from "../../view/index.js";
import { questionOf, type Entry } from "../embed/entry.js";
import type { VectorsFile } from "../embed/vectors-file.js";
import { thumbnail } from "../data/index.js";
import { orNull } from "../errors/vlmo-error.js";
import type { Found, Hit } from "../search/search.js";
import { factsList } from "./parts.js";
import { percent } from "./words.js";

/** The page as text; each picture is embedded once for every time that it is shown. */
export async function foundPageOf(
  found: readonly Found[],
  { about, count }: Pick<VectorsFile, "about" | "count">,
): Promise<string> {
  const [only] = found;
  const title = found.length === 1 && only !== undefined ? asked(only) : `${found.length} searches`;
  const facts = [
    ["Among", `${count.toLocaleString("en")} vectors`],
    ["Feature", about.feature],
    ["Model", `${about.model.slice(0, 8)} (${about.stage})`],
  ] as const;
  const header = html`<header>
    <p class="kind">vlmo search</p>
    <h1>${title}</h1>
    ${factsList(facts)}
  </header>`;
  const sections: Html[] = [];
  for (const each of found) sections.push(await section(each, found.length > 1));
  return frameOf({ title, kind: "vlmo search" }, [header, ...sections, notes(found)]);
}

function notes(found: readonly Found[]): Html {
  const isJudged = found.some(({ hits }) => hits.some(({ probability }) => probability !== undefined));
  const judged = isJudged ? " Percentages: how sure the matching head is that image and text belong together." : "";
  return html`<p class="note">Numbers: the cosine of the two vectors.${judged}</p>`;
}

function asked({ query: { name, text } }: Found): string {
  return text ?? path.basename(name);
}

async function section(found: Found, isTitled: boolean): Promise<Html> {
  const cards: Html[] = [];
  for (const [i, hit] of found.hits.entries()) cards.push(await card(hit, i + 1));
  return html`<section>
    ${isTitled ? html`<h2>${asked(found)}</h2>` : raw("")}
    <div class="asking">${await picture(found.query)}</div>
    <div class="samples found">${join(cards)}</div>
  </section>`;
}

async function card({ entry, similarity, probability }: Hit, rank: number): Promise<Html> {
  const judged = probability === undefined ? raw("") : html`<b>${percent(probability)}</b> · `;
  return html`<article class="sample">
    ${await picture(entry)} ${entry.text === undefined ? raw("") : html`<p class="asked">${entry.text}</p>`}
    <p class="reference" title="${entry.image?.path ?? entry.name}">
      <span class="rank">${String(rank)}</span> ${judged}${similarity.toFixed(3)} · ${path.basename(entry.name)}
    </p>
  </article>`;
}

/** Pixels of a picture's longer side. */
const SIDE = 320;

/** A deleted image leaves an empty space. */
async function picture(entry: Entry): Promise<Html> {
  const [source] = questionOf(entry).images;
  const made = source === undefined ? null : await orNull(thumbnail(source, SIDE));
  if (made === null) return raw("");
  const kind = made.ending === "jpg" ? "jpeg" : "png";
  const url = `data:image/${kind};base64,${Buffer.from(made.bytes).toString("base64")}`;
  return html`<img src="${url}" alt="${entry.text ?? entry.name}" />`;
}
