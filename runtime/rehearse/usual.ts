// How small a rehearsal is where nobody says otherwise. Apart, since help shows it.

/** Width of the models, and steps of a stage. */
export const usualRehearsal = { width: 48, steps: 3 } as const;
