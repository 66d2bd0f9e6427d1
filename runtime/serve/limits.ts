// Limits on a server's requests: sizes, counts and times. Those that depend on machine and model are options.

/** The limits set by options. */
export interface ServerLimits {
  /** Bytes of a request's body. */
  readonly body: number;
  /** Requests that are being read, waiting or being answered. */
  readonly waiting: number;
  /** Seconds from a request's first byte until its answer. */
  readonly seconds: number;
}

/** The defaults. */
export const usualLimits: ServerLimits = { body: 2 ** 24, waiting: 64, seconds: 60 };

/** The fixed limits. */
export const limits = {
  /** Images per request. */
  images: 64,
  /** Texts and classes per request. */
  texts: 1_000,
  /** Questions per request: each combination of text and image is one. */
  questions: 256,
  /** Characters of a text (a model reads a few hundred), and of all texts that a request compares. */
  characters: 2_000,
  allCharacters: 200_000,
  /** Likeliest answers returned. */
  top: 1_000,
  /** Parts of a multipart body. */
  parts: 2_000,
  /** Pixels of an image for segmentation: its mask is as large. */
  maskPixels: 2 ** 24,
  /** Pixels of such an image that cost as much as one question of another head. */
  maskWeight: 2 ** 22,
  /** Bytes of all bodies held at a time, or of one body if that is larger. */
  held: 2 ** 28,
  connections: 512,
  /** Seconds until all headers, and until the whole request, must have arrived. */
  headerSeconds: 10,
  requestSeconds: 30,
  /** Milliseconds that an incomplete batch waits for more questions. */
  gathering: 4,
  /** Programs that stay loaded: one for each head, batch size and text length. */
  programs: 32,
} as const;
