// Templates are imported as text: esbuild's text loader does it in the bundles, vitest.config.ts in the tests.
declare module "*.hbs" {
  const text: string;
  export default text;
}

declare module "*.mjml" {
  const text: string;
  export default text;
}
