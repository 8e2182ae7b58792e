import { z } from "zod";

/** `tpl_…` for the owner's own; a plain name, such as `birthday`, for a built-in one. */
export const TemplateId = z
  .string()
  .regex(/^(tpl_[a-z0-9]{1,32}|[a-z][a-z-]{1,30})$/, "is not a template's id");
export type TemplateId = string;
