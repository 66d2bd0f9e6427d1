// Which part of a data set something is, by its name: `captions_val2017.json`, `birds/train`.

/** A part that names tell. */
export type Part = "train" | "validation" | "test";

const words: readonly (readonly [Part, string])[] = [
  ["train", "train(?:ing)?"],
  ["validation", "val(?:id(?:ation)?)?|dev"],
  ["test", "test(?:ing)?"],
];

const anyWord = new RegExp(`(?<![a-z])(?:${words.map(([, word]) => word).join("|")})(?![a-z])`, "gi");

/** The part that a path names; null for none. */
export function partNamed(name: string): Part | null {
  const [said] = name.match(anyWord) ?? [];
  if (said === undefined) return null;
  return words.find(([, word]) => new RegExp(`^(?:${word})$`, "i").test(said))?.[0] ?? null;
}

/** The same for all parts of one data set. */
export function withoutPart(name: string): string {
  return name.replace(anyWord, "*");
}
