// What a client may ask of a server: sizes, counts and times. Those that depend on machine and model are options.

/** What whoever starts the server decides. */
export interface ServerLimits {
  /** Bytes of the body of a request. */
  readonly body: number;
  /** Requests that are read, wait or are answered at a time. */
  readonly waiting: number;
  /** Seconds from a request's first byte until its answer. */
  readonly seconds: number;
}

/** What it is where nobody says otherwise. */
export const usualLimits: ServerLimits = { body: 2 ** 24, waiting: 64, seconds: 60 };

/** What is the same for every server. */
export const limits = {
  /** Images of a request. */
  images: 64,
  /** Texts and classes of a request. */
  texts: 1_000,
  /** Questions of a request: each text of each image is one. */
  questions: 256,
  /** Characters of a text, of which a model reads a few hundred, and of all that a request compares. */
  characters: 2_000,
  allCharacters: 200_000,
  /** Likeliest things that are said. */
  top: 1_000,
  /** Parts of a multipart body. */
  parts: 2_000,
  /** Pixels of an image that is to be divided into classes: its mask is as large. */
  maskPixels: 2 ** 24,
  /** Of those, pixels that are as much work as one question of another head. */
  maskWeight: 2 ** 22,
  /** Bytes of all bodies that are held at a time, or one body where that is more. */
  held: 2 ** 28,
  connections: 512,
  /** Seconds until all headers have come, and until all of a request has. */
  headerSeconds: 10,
  requestSeconds: 30,
  /** Milliseconds that a batch which is not full waits for more questions. */
  gathering: 4,
  /** Programs that stay loaded: one for each head, size of batch and length of texts. */
  programs: 32,
} as const;
