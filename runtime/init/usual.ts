// Defaults of `init`. Apart from the rest, since the help shows them.

/** Minutes of training. */
export const usualMinutes = 8;
