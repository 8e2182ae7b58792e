import { isOrigin, type Origin } from "../../core/web-addresses.ts";

export type Directive =
  | "default-src"
  | "style-src"
  | "img-src"
  | "form-action"
  | "base-uri"
  | "frame-ancestors";
export type Source = "'none'" | "'self'" | `'sha256-${string}'` | Origin;

/**
 * A Content-Security-Policy header from its parts. An owner's text reaches the header only as an origin: whatever is
 * neither that nor a keyword or a hash throws, since in a header it could end the directive and begin another.
 */
export function contentPolicy(directives: Partial<Record<Directive, Source | undefined>>): string {
  return Object.entries(directives)
    .flatMap(([directive, source]) => {
      if (source === undefined) return [];
      if (!isSource(source)) throw new Error(`${directive} of a content security policy can't be ${source}`);
      return [`${directive} ${source}`];
    })
    .join("; ");
}

const isSource = (text: string): boolean =>
  text === "'none'" || text === "'self'" || /^'sha256-[A-Za-z0-9+/]{43}='$/.test(text) || isOrigin(text);
