// Text from a file, made safe for a terminal: control characters, line breaks and bidirectional marks are escaped.

const unseen = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The text in one line, with control characters escaped: `\u001b[2J`. */
export function printable(text: string): string {
  return text.replace(unseen, escaped);
}

/** Like `printable`, with at most `limit` characters. */
export function excerpt(text: string, limit = 80): string {
  const head = [...text.slice(0, 2 * limit)];
  return printable(head.length > limit ? `${head.slice(0, limit).join("")}…` : text);
}

/** The escape of a character in JSON and JavaScript. */
export function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** A name for a message: in one line, not too long, between backticks. */
export function quoted(name: string): string {
  return `\`${excerpt(name, 200)}\``;
}

/** A word of a command line, in quotes where a shell would split it. */
export function shellWord(word: string): string {
  return /^[\w./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
