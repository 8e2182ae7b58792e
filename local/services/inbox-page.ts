import { readFileSync } from "node:fs";
import type { Server } from "node:http";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/** Where the page of aws-ses-v2-local puts a mail into its frame. */
const shown = "iframeDoc.body.innerHTML = e.body.html;";

/**
 * Has the links of mails in the inbox open pages of their own, as mail programs do. The page shows each mail in a
 * frame, which Sapa's pages refuse to be in.
 */
export function openLinksOutside(server: Server): void {
  const source = readFileSync(require.resolve("aws-ses-v2-local/static/index.html"), "utf8");
  if (!source.includes(shown)) throw new Error("The page of aws-ses-v2-local shows mails in another way");
  const page = source.replace(shown, `iframeDoc.head.innerHTML = '<base target="_blank">'; ${shown}`);
  const others = server.listeners("request") as ((...args: unknown[]) => void)[];
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    if (request.method === "GET" && request.url === "/") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    } else for (const other of others) other.call(server, request, response);
  });
}
