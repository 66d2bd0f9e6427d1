// Opens the browser with the system's own launcher.
import { spawn } from "node:child_process";

const openers: Partial<Readonly<Record<NodeJS.Platform, readonly [program: string, ...args: string[]]>>> = {
  darwin: ["open"],
  // `start` takes its first quoted argument as a window title.
  win32: ["cmd", "/c", "start", '""'],
  linux: ["xdg-open"],
};

/** Opens one of our URLs; false without a screen or a launcher. */
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
