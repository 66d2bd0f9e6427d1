// A client for arbitrary requests: any path, any header, and a body in chunks.
import { request, type IncomingHttpHeaders } from "node:http";

export interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Awaited before the last byte of the body is sent. */
  readonly before?: Promise<unknown>;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
}

export function ask(url: string, { path = "/predict", method = "POST", headers = {}, body = "", before }: Asked) {
  return new Promise<Reply>((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const bytes = Buffer.from(body);
    const sent = request({ hostname, port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const whole = Buffer.concat(chunks);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: whole, text: whole.toString() });
      });
    });
    sent.on("error", reject);
    if (before === undefined) return void sent.end(bytes);
    sent.write(bytes.subarray(0, -1));
    void before.then(() => sent.end(bytes.subarray(-1)));
  });
}

/** A JSON body. */
export function asJson(fields: object): Asked {
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) };
}

export interface FormPart {
  readonly name: string;
  readonly value: string | Buffer;
  /** Name of a file. */
  readonly file?: string;
}

/** A multipart form body, as browsers and curl send it. */
export function asForm(parts: readonly FormPart[]): Asked {
  const boundary = "----of-a-test";
  const pieces = parts.flatMap(({ name, value, file }) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file === undefined ? "" : `; filename="${file}"`}\r\n`,
    file === undefined ? "\r\n" : "Content-Type: application/octet-stream\r\n\r\n",
    value,
    "\r\n",
  ]);
  const body = Buffer.concat([...pieces, `--${boundary}--\r\n`].map((piece) => Buffer.from(piece)));
  return { headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` }, body };
}
