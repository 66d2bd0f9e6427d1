// Refusals of a server: an HTTP status, and mistakes of the catalogue. Neither reveals anything of the machine.
import { mistakesIn, VlmoError, vlmoError } from "../errors/vlmo-error.js";

const statuses = {
  /** Malformed, or with unknown fields. */
  form: 400,
  origin: 403,
  path: 404,
  method: 405,
  accept: 406,
  size: 413,
  media: 415,
  host: 421,
  /** Well formed, but nothing that the model could answer. */
  asked: 422,
  busy: 503,
  late: 504,
} as const;

/** Why a request is refused. */
export type Why = keyof typeof statuses;

/** Headers by their names. */
export type Headers = Readonly<Record<string, string>>;

/** Thrown for what a client can fix. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;

  constructor(
    why: Why,
    readonly mistakes: readonly VlmoError[],
    readonly headers: Headers = {},
  ) {
    super(mistakes.map(({ message }) => message).join("; "));
    this.status = statuses[why];
  }
}

/** V950. */
export function refusal(
  why: Why,
  reason: string,
  { help, headers }: { readonly help?: string; readonly headers?: Headers } = {},
): Refusal {
  return new Refusal(why, [vlmoError("V950", { reason }, { help })], headers);
}

/** Mistakes in the request's contents whose messages name nothing of this machine. */
const askedWrongly: ReadonlySet<string> = new Set(["V917", "V991"]);

/** A thrown error as a refusal; null where it is no mistake of the client. */
export function refusalOf(thrown: unknown): Refusal | null {
  if (thrown instanceof Refusal) return thrown;
  if (!(thrown instanceof VlmoError)) return null;
  const mistakes = mistakesIn(thrown);
  return mistakes.every(({ code }) => askedWrongly.has(code)) ? new Refusal("asked", mistakes) : null;
}
