// The browser of this machine, opened with the program that the system has for it.
import { spawn } from "node:child_process";

const openers: Partial<Readonly<Record<NodeJS.Platform, readonly [program: string, ...args: string[]]>>> = {
  darwin: ["open"],
  // `start` takes its first word in quotes for a title.
  win32: ["cmd", "/c", "start", '""'],
  linux: ["xdg-open"],
};

/** Opens an address of ours; false where there is no screen or no such program. */
export async function openBrowser(url: string): Promise<boolean> {
  const opener = openers[process.platform];
  const screens = ["DISPLAY", "WAYLAND_DISPLAY"].map((name) => process.env[name] ?? "");
  const hasScreen = process.platform !== "linux" || screens.some((screen) => screen !== "");
  if (opener === undefined || !hasScreen) return false;
  const [program, ...args] = opener;
  const child = spawn(program, [...args, url], { stdio: "ignore", detached: true });
  child.unref();
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("spawn", () => resolve(true));
  });
}
