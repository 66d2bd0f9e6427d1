// The colours of every page and picture: CSS variables with a dark variant for pages, fixed ones for files.

/** The values of variables in the light and the dark theme. */
const variables = {
  page: ["#f7f8fa", "#12151b"],
  panel: ["#ffffff", "#1a1f28"],
  text: ["#1c2230", "#e6e9ef"],
  muted: ["#5b6270", "#9aa3b2"],
  line: ["#dfe3ea", "#2d3440"],
  accent: ["#2563c9", "#6aa3ff"],
  track: ["#e6eaf1", "#2a313d"],
  right: ["#1a7a53", "#4cc38a"],
  wrong: ["#c0392b", "#ff8a7a"],
  good: ["#d9f2e6", "#1d4a38"],
  bad: ["#fbe0dd", "#57302c"],
  // Lines and fills by the views of an expert; `several` for views of more than one kind, `attention` for shared attention.
  image: ["#2563a8", "#7db4f0"],
  "image-soft": ["#d5e8ff", "#17324f"],
  words: ["#93560f", "#f0b47d"],
  "words-soft": ["#fde4c8", "#4a3218"],
  pair: ["#2f7d33", "#84cf87"],
  "pair-soft": ["#d9f0d8", "#1d3d1f"],
  several: ["#6a4fb3", "#b9a4f5"],
  "several-soft": ["#e6defa", "#352a57"],
  // Marks differences between two specifications: distinct from all others.
  differs: ["#b0308a", "#f08ad0"],
  attention: ["#5b6270", "#9aa3b2"],
  "attention-soft": ["#e7eaf1", "#2a303b"],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

/** A colour of the page by name. */
export type Colour = keyof typeof variables;

/** Distinguishable for colour-blind readers too (Okabe and Ito), of medium lightness for both themes. */
export const seriesColours = ["#3b7dd8", "#d9822b", "#2a9d78", "#c25b9b", "#8a6fd1", "#7f8a3a", "#b4534b"] as const;

/** A colour as a CSS variable of the page. */
export function variable(colour: Colour): string {
  return `var(--${colour})`;
}

/** The colour of a line among others; colours repeat where there are more lines. */
export function seriesVariable(line: number): string {
  return `var(--series-${line % seriesColours.length})`;
}

/** A colour in a file, on white. */
export function plain(colour: Colour): string {
  return variables[colour][0];
}

const entries = Object.entries(variables);
const series = seriesColours.map((colour, i) => `--series-${i}: ${colour};`).join(" ");

/** The variables as a style sheet. */
export const palette = `
:root { ${entries.map(([name, [light]]) => `--${name}: ${light};`).join(" ")} ${series} }
@media (prefers-color-scheme: dark) {
  :root { ${entries.map(([name, [, dark]]) => `--${name}: ${dark};`).join(" ")} }
}
`;
