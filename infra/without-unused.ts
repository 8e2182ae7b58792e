import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Loader, Plugin } from "esbuild";

/**
 * Leaves out of a bundle what is never used in Lambda but what esbuild can't see to be unused: half of it.
 * Nothing that is used changes; where a package no longer looks as expected here, its bundle is only larger.
 */
export const withoutUnused: Plugin = {
  name: "without-unused",
  setup({ onLoad }) {
    const change = (filter: RegExp, loader: Loader, edit: (source: string) => string) =>
      onLoad({ filter }, async ({ path }) => ({
        contents: edit(await readFile(path, "utf8")),
        resolveDir: dirname(path),
        loader,
      }));

    // The name `z` holds all of zod at once; a namespace is taken apart, and only what is called goes in.
    change(/\.ts$/, "ts", (source) =>
      source.replace(/^import \{ z \} from "zod";$/m, 'import * as z from "zod";'),
    );
    // Messages in other languages than English.
    change(/\/zod\/v4\/locales\/index\.js$/, "js", () => 'export { default as en } from "./en.js";');
    // Ways to find credentials besides the environment, which is where Lambda puts them.
    change(
      /\/@aws-sdk\/credential-provider-node\/dist-es\/index\.js$/,
      "js",
      () =>
        'import { fromEnv } from "@aws-sdk/credential-provider-env"; export const defaultProvider = () => fromEnv();',
    );
    // What clients say of themselves, of which they tell AWS the version.
    change(/\/@aws-sdk\/client-[^/]+\/package\.json$/, "json", (source) => {
      const { version } = JSON.parse(source);
      return JSON.stringify({ version });
    });
    // The shapes of operations that are not called: a list may be left out, once it is said to have no effect.
    change(/\/@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/, "js", (source) =>
      source.replace(/^((?:export )?var [\w$]+ = )(\[[^;]*\]);$/gm, "$1/* @__PURE__ */ (() => $2)();"),
    );
    // HTML's named characters, for mails that come without a text part: what SES renders of ours has one.
    change(/\/postal-mime\/dist\/esm\/html-entities\.js$/, "js", () => "export const htmlEntities = {};");
    // S3's event streams, which answer queries inside of files.
    change(
      /\/@smithy\/core\/dist-es\/submodules\/event-streams\/index\.js$/,
      "js",
      () =>
        "export const resolveEventStreamSerdeConfig = (config) => config, eventStreamSerdeProvider = () => ({});",
    );
    // MJML's parser can also fetch pages and read them in any of the world's encodings; it is given text.
    change(/\/undici\/index\.js$/, "js", () => "module.exports = {};");
    change(/\/iconv-lite\/encodings\/index\.js$/, "js", () => "module.exports = {};");
    // Handlebars does without source maps where the package is missing.
    change(/\/source-map\/source-map\.js$/, "js", () => "");
  },
};
