// The split of a data set, by file name: `captions_val2017.json`, `birds/train`.

/** A split that names indicate. */
export type Part = "train" | "validation" | "test";

const words: readonly (readonly [Part, string])[] = [
  ["train", "train(?:ing)?"],
  ["validation", "val(?:id(?:ation)?)?|dev"],
  ["test", "test(?:ing)?"],
];

const anyWord = new RegExp(`(?<![a-z])(?:${words.map(([, word]) => word).join("|")})(?![a-z])`, "gi");

/** The split in a path; null for none. */
export function partNamed(name: string): Part | null {
  const [said] = name.match(anyWord) ?? [];
  if (said === undefined) return null;
  return words.find(([, word]) => new RegExp(`^(?:${word})$`, "i").test(said))?.[0] ?? null;
}

/** The name without its split: equal for all splits of one data set. */
export function withoutPart(name: string): string {
  return name.replace(anyWord, "*");
}
