// The style sheet of the pages of `vlmo view`, after that of every page.

/** Rules for all of them. */
export const viewStyle = `
#state { position: absolute; top: 14px; right: 20px; margin: 0; }
#state.lost { position: sticky; top: 0; z-index: 1; padding: 8px 14px; background: var(--bad); color: var(--text); border-radius: 8px; max-width: none; }
#messages:not(:empty) { margin-bottom: 24px; padding: 12px 18px; background: var(--panel); border: 1px solid var(--line); border-left-width: 4px; border-radius: 10px; }
#messages:has(.mistake) { position: sticky; top: 0; z-index: 1; border-color: var(--wrong); }
#messages p { margin: 0; overflow-wrap: anywhere; }
#messages p + p { margin-top: 10px; }
#messages pre { margin: 0; max-height: 42vh; overflow: auto; font-size: 0.85rem; line-height: 1.45; white-space: pre-wrap; overflow-wrap: anywhere; }
header h1 { overflow-wrap: anywhere; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
`;
