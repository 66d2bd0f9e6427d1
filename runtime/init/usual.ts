// What `init` takes where nobody says otherwise. Apart, since help shows it.

/** Minutes of training. */
export const usualMinutes = 8;
