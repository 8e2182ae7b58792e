import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { answerJson } from "../http/listen.ts";
import { foreignBecause } from "../http/own-page.ts";

const require = createRequire(import.meta.url);

/** Where the page of aws-ses-v2-local puts a mail into its frame. */
const shown = "iframeDoc.body.innerHTML = e.body.html;";

/**
 * Takes what is asked of the inbox before aws-ses-v2-local does. The page's links open pages of their own, as in mail
 * programs: it shows each mail in a frame, which Sapa's pages refuse to be in. Nobody else's page may read the inbox or
 * change anything in it; to empty it takes the mails only, and not the templates.
 */
export function serveInbox(server: Server, inbox: { clear(): void }): void {
  const page = pageOf(readFileSync(require.resolve("aws-ses-v2-local/static/index.html"), "utf8"));
  const others = server.listeners("request") as ((...args: unknown[]) => void)[];
  server.removeAllListeners("request");
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const operation = `${request.method} ${request.url}`;
    // Following a link to the page changes nothing, wherever the link is.
    const foreign = operation === "GET /" ? undefined : foreignBecause(request);
    if (foreign !== undefined) answerJson(response, 403, { message: foreign });
    else if (operation === "GET /") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
    } else if (operation === "POST /clear-store") {
      inbox.clear();
      answerJson(response, 200, { message: "Store cleared" });
    } else for (const other of others) other.call(server, request, response);
  });
}

function pageOf(source: string): string {
  if (!source.includes(shown)) throw new Error("The page of aws-ses-v2-local shows mails in another way");
  return source.replace(shown, `iframeDoc.head.innerHTML = '<base target="_blank">'; ${shown}`);
}
