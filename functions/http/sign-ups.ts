import { z } from "zod";
import { joinUrl } from "../../core/links.ts";
import { embedded } from "../links/embed.ts";
import { ok, type Route, route } from "./route.ts";

const Embed = z.string().meta({ description: "HTML to paste into a page" });

const read = route({
  method: "GET",
  path: "/v1/sign-up",
  id: "readSignUp",
  tag: "Customers",
  summary: "Read where people join by themselves, and the form to put on your own site",
  description:
    "The page asks for an email address and, if people like, a nickname, a birthday and topics; ?source=instagram on its address is kept with each customer who comes from there, ?lang=en sets its language. Nobody is a customer before they press the button in the letter that follows, unless signUp.doubleOptIn is off. Copy the form again when you change topics, name or privacy notice.",
  access: "business:read",
  answers: {
    200: z.object({
      url: z.string(),
      open: z.boolean().meta({ description: "Whether the page takes anyone: signUp.open" }),
      embed: z.object({ id: Embed, en: Embed }),
    }),
  },
  handle: async ({ business }) =>
    ok({
      url: joinUrl(business.id),
      open: business.signUp.open,
      embed: { id: embedded(business, "id"), en: embedded(business, "en") },
    }),
});

export const routes: readonly Route[] = [read];
