// Tabs by the WAI-ARIA pattern: arrow keys select, and each tab has its panel. On wide screens the editor is always visible.
import { byId } from "./elements.js";

/** Names of tabs and of their panels: `tab-plan` and `plan`. */
export type Tab = "editor" | "picture" | "plan" | "train" | "resolved";

const tabs: readonly Tab[] = ["editor", "picture", "plan", "train", "resolved"];

/** Narrower windows have one column; the same width as in style.ts. */
const narrow = window.matchMedia("(max-width: 860px)");

/** Starts the tabs; returns a function that selects one. */
export function startTabs(): (tab: Tab) => void {
  let current: Tab = "picture";
  const choose = (tab: Tab): void => {
    current = tab;
    for (const each of tabs) {
      const [head, panel] = [byId(`tab-${each}`), byId(each)];
      const isChosen = each === tab;
      head.setAttribute("aria-selected", String(isChosen));
      head.tabIndex = isChosen ? 0 : -1;
      panel.hidden = !isChosen && (narrow.matches || each !== "editor");
    }
  };
  const shown = (): readonly Tab[] => (narrow.matches ? tabs : tabs.filter((tab) => tab !== "editor"));
  for (const tab of tabs) byId(`tab-${tab}`).addEventListener("click", () => choose(tab));
  byId("tabs").addEventListener("keydown", ({ key }) => {
    const [all, step] = [shown(), key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0];
    const next = all[(all.indexOf(current) + step + all.length) % all.length];
    if (step === 0 || next === undefined) return;
    choose(next);
    byId(`tab-${next}`).focus();
  });
  const fit = (): void => choose(current === "editor" && !narrow.matches ? "picture" : current);
  narrow.addEventListener("change", fit);
  choose(narrow.matches ? "editor" : "picture");
  return choose;
}
