// The body of a request, in memory, up to a size. The rest of a too large body is discarded as it arrives, so that its sender
// reads the answer.
import type { IncomingMessage } from "node:http";
import { limits } from "./limits.js";
import { refusal } from "./refusal.js";

/** Reads bodies, with a limit on the bytes held at a time. */
export interface BodyReader {
  /** Passes the bytes of a body to `work`, after which they no longer count as held. Throws Refusal. */
  read<T>(request: IncomingMessage, work: (body: Buffer) => Promise<T>): Promise<T>;
}

/** A reader of bodies of at most `most` bytes. */
export function createBodyReader(most: number): BodyReader {
  let free = Math.max(most, limits.held);
  return {
    read: async (request, work) => {
      let taken = 0;
      const take = (bytes: number): void => {
        [taken, free] = [taken + bytes, free - bytes];
        if (taken > most) throw tooLarge(most);
        if (free < 0) throw busy("it holds as many request bodies as it may");
      };
      try {
        return await work(await bytesOf(request, { most, take }));
      } finally {
        free += taken;
      }
    },
  };
}

/** A refusal of a temporary nature. */
export function busy(reason: string): Error {
  const help = "try again in a moment";
  return refusal("busy", `the server is busy: ${reason}`, { help, headers: { "Retry-After": "1" } });
}

function tooLarge(most: number): Error {
  const help = "send smaller images or fewer at a time, or start the server with a larger --max-body";
  return refusal("size", `its body has more than ${most.toLocaleString("en")} bytes`, { help });
}

interface Taking {
  readonly most: number;
  readonly take: (bytes: number) => void;
}

function bytesOf(request: IncomingMessage, { most, take }: Taking): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const end = (settle: () => void): void => {
      chunks.length = 0;
      request.off("data", gather).resume();
      settle();
    };
    const gather = (chunk: Buffer): void => {
      try {
        take(chunk.length);
        chunks.push(chunk);
      } catch (error) {
        end(() => reject(error));
      }
    };
    if (Number(request.headers["content-length"] ?? 0) > most) return end(() => reject(tooLarge(most)));
    request.on("data", gather);
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      end(() => resolve(body));
    });
    request.on("error", () => end(() => reject(refusal("form", "its body was cut off"))));
  });
}
