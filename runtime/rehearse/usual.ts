// The default sizes of a rehearsal. Apart from the rest, since the help shows them.

/** Width of the models, and steps of a stage. */
export const usualRehearsal = { width: 48, steps: 3 } as const;
