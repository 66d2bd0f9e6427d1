// Where onnxruntime-node keeps the shared library of ONNX Runtime for this platform. Loads nothing.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { OrtError } from "./error.js";

const libraryNames: Partial<Record<NodeJS.Platform, RegExp>> = {
  linux: /^libonnxruntime\.so(\.\d+)*$/,
  darwin: /^libonnxruntime(\.\d+)*\.dylib$/,
  win32: /^onnxruntime\.dll$/,
};

/**
 * The path of the shared library in the installed `onnxruntime-node`. Throws OrtError `engine/library-missing` if the package
 * has none for this platform and architecture.
 */
export function libraryPath(): string {
  const { platform, arch } = process;
  const pattern = libraryNames[platform];
  const candidates = pattern === undefined ? [] : platformFolders(platform, arch).flatMap((f) => matches(f, pattern));
  // The package may hold one library under several version names; its own binding links to the shortest.
  const path = candidates.sort((a, b) => a.length - b.length)[0];
  if (path === undefined) {
    throw new OrtError("engine/library-missing", `onnxruntime-node has no library for ${platform} on ${arch}`, {
      remedy: "Install `onnxruntime-node` on a platform it supports, or choose another engine.",
    });
  }
  return path;
}

function platformFolders(platform: string, arch: string): string[] {
  const bin = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")), "bin");
  return list(bin).map((napi) => join(bin, napi, platform, arch));
}

function matches(folder: string, pattern: RegExp): string[] {
  return list(folder)
    .filter((file) => pattern.test(file))
    .map((file) => join(folder, file));
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
