// A client of `vlmo view`: its page, and the events sent when that changes.
import { get } from "node:http";
import { vlmo, type Outcome } from "../cli/command.js";

export interface Running {
  readonly url: string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly over: Promise<Outcome>;
}

/** The command line, once it listens. */
export function viewing(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Running> {
  return new Promise((resolve, reject) => {
    const over = vlmo(["view", ...args], {
      environment,
      watch: (stdout, kill) => {
        const url = /http:[^\s"]+/.exec(stdout)?.[0];
        if (url !== undefined) resolve({ url, kill, over });
      },
    });
    void over.then(({ stderr }) => reject(new Error(stderr)));
  });
}

/** An update of a page. */
export interface Sent {
  readonly title: string;
  readonly messages: string;
  /** Null for unchanged parts. */
  readonly parts: readonly (string | null)[];
}

/** The updates received so far; grows. */
export interface Stream {
  readonly sent: readonly Sent[];
  close(): void;
}

/** Subscribes to a page's updates as its script does. */
export function follow(url: string, have = ""): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const request = get(`${url}events?have=${have}`, { agent: false }, (response) => {
      const sent: Sent[] = [];
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        const events = `${text}${part}`.split("\n\n");
        text = events.pop() ?? "";
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (data !== undefined) sent.push(JSON.parse(data));
        }
      });
      resolve({ sent, close: () => request.destroy() });
    });
    request.on("error", reject);
  });
}
