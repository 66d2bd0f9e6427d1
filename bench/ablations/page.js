// docs/ablations.md: a table for each question, and sentences that follow from the numbers by one rule.
import { measures, questions } from "./questions.js";
import { compared, mean, spread } from "./statistics.js";

const names = Object.keys(measures);

/** The page's text. `steps` is how long the first variant learns from pairs. */
export function pageOf(results, steps) {
  const { seeds, engine } = results;
  const opening = `# The paper's ablations, in small

Everything here is written by \`npm run ablations\`, nothing by hand; computed by ${engine}. [small.vlmo](../specs/ablations/small.vlmo) says
what is trained: a model of four layers, 96 wide, on the generated \`shapes\` world, every variant a few lines over the first
one. Of pairs each has ${steps} steps of 64; the paper's are 200,000 of 1024, so that what does not show here may be so there.

Of each variant: recall@1 in both directions among ${items(results, "toText")} unseen pairs; masked words of unseen captions, told with the image in
view; and, after fine-tuning, how many of ${items(results, "statements")} unseen statements are rightly called true or false of an image, which is what
NLVR2 asks. Each is the mean of ${seeds.length} seeds ± their standard deviation. A seed is one of initialisation and order; the data are the same.

![Statements rightly called true or false, by variant: a dot for each seed, a bar for their mean](pictures/ablations.svg)

An ordering **shows** where the difference of two means is larger than the half-width of its 95% interval (Student's t with
${2 * (seeds.length - 1)} degrees of freedom, spreads pooled) and is **reversed** where it is that far below zero. Otherwise the two are **not told apart**. In brackets: the difference and that half-width, in points.
Of twenty comparisons one is told apart by chance.`;
  return `${[opening, ...questions.map((question) => sectionOf(question, results))].join("\n\n")}\n`;
}

function items(results, measure) {
  return (results.of("all", measure).items ?? 0).toLocaleString("en");
}

function sectionOf({ title, asks, variants, orders }, results) {
  const head = ["", ...names.map((name) => measures[name].title)];
  const rows = variants.map(([variant, what]) => [what, ...names.map((name) => cell(results.of(variant, name)))]);
  const guessed = names.map((name) => share(results.of("all", name).chance));
  const table = [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows, ["guessing", ...guessed]];
  const sentences = orders.map((order) => `- ${sentenceOf(order, results)}`);
  return [`## ${title}`, asks, table.map((row) => `| ${row.join(" | ")} |`).join("\n"), sentences.join("\n")].join("\n\n"); // prettier-ignore
}

function cell({ values }) {
  if (values.length === 0) return "–";
  const off = spread(values);
  return share(mean(values)) + (off === null ? "" : ` ± ${(off * 100).toFixed(1)}`);
}

/** What the paper found, and in which measures it shows here, the statements first. */
function sentenceOf({ weaker, stronger, name, paper }, results) {
  const found = paper === null ? "not in the paper's tables" : `in the paper NLVR2 ${paper}`;
  const seen = ["statements", "toText", "toImage", "words"].flatMap((measure) => {
    const [a, b] = [results.of(weaker, measure).values, results.of(stronger, measure).values];
    return a.length === 0 || b.length === 0 ? [] : [{ title: measures[measure].title, ...compared(a, b) }];
  });
  const said = verdicts.flatMap(([verdict, words]) => {
    const own = seen.filter((each) => each.verdict === verdict).map(({ title, ...far }) => `${title} (${points(far)})`);
    return own.length === 0 ? [] : [`${words} in ${own.join(", ")}`];
  });
  return `**${name[0].toUpperCase()}${name.slice(1)}** (${found}): ${said.join("; ") || "not known yet"}.`;
}

const verdicts = [
  ["shows", "shows"],
  ["reversed", "is reversed"],
  ["open", "is not told apart"],
  ["single", "with one seed the difference is not judged"],
];

function points({ difference, within }) {
  const sign = difference < 0 ? "−" : "+";
  const far = `${sign}${(Math.abs(difference) * 100).toFixed(1)}`;
  return within === null ? far : `${far} ± ${(within * 100).toFixed(1)}`;
}

function share(value) {
  return value === null ? "–" : `${(value * 100).toFixed(1)}%`;
}
