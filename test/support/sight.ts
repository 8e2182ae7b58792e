import type { Page } from "playwright-core";
import { links } from "../mail/sample.ts";

/** What a reader must see in every mail, each by the words or the address that tell it from all else. */
export type Wanted = Record<string, { text: string } | { link: string }>;
const inSamples: Wanted = {
  because: { text: "Kamu menerima email ini karena" },
  "business.postalAddress": { text: "Jalan Braga 12" },
  "links.preferences": { link: links.preferences },
  "links.unsubscribe": { link: links.unsubscribe },
};

/** The least contrast of letters and their ground, as painted: thin letters are paler than their colour. */
const leastContrast = 1.9;

type Box = { x: number; y: number; width: number; height: number };
type Found = { path: string; reason: string; box: Box };

const address = "https://mail.example/";

/**
 * What of what every mail must carry some reader can't see, and why: on a phone and beside it, by day and by night.
 * Judged by where its letters are, what a finger would hit there, and the very pixels; nothing here knows how Sapa
 * decides.
 */
export async function unseenIn(page: Page, html: string, wanted = inSamples): Promise<string[]> {
  await page.route("**/*", (route) =>
    route.request().url() === address
      ? route.fulfill({ body: html, contentType: "text/html; charset=utf-8" })
      : route.abort(),
  );
  await page.goto(address);
  await page.unroute("**/*");
  const found: string[] = [];
  for (const width of [360, 640]) {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      found.push(...(await unseenNow(page, wanted)).map((reason) => `${width} ${colorScheme} ${reason}`));
    }
  }
  return found;
}

async function unseenNow(page: Page, wanted: Wanted): Promise<string[]> {
  const found = (await page.evaluate(`(${lookedAt})(${JSON.stringify(wanted)})`)) as Found[];
  const picture = (await page.screenshot({ fullPage: true })).toString("base64");
  const boxes = found.map(({ box }) => box);
  const contrasts = (await page.evaluate(
    `(${contrastsIn})(${JSON.stringify(picture)}, ${JSON.stringify(boxes)})`,
  )) as number[];
  const reasons = found.map(({ path, reason }, at) => {
    const contrast = contrasts[at] ?? 0;
    return { path, reason: reason || (contrast < leastContrast ? `contrast ${contrast.toFixed(2)}` : "") };
  });
  return Object.keys(wanted)
    .map((path) => ({ path, all: reasons.filter((one) => one.path === path).map(({ reason }) => reason) }))
    .filter(({ all }) => !all.includes(""))
    .map(({ path, all }) => `${path}: ${all.join(", ") || "not there"}`);
}

// Both run in the page, whose names the compiler does not know.

const lookedAt = String.raw`(wanted) => {
  const texts = [];
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode);
  const found = [];
  for (const [path, { text, link }] of Object.entries(wanted)) {
    for (const node of texts) {
      const element = node.parentElement;
      const anchor = element && element.closest("a");
      const start = text ? node.data.indexOf(text) : node.data.search(/\S/);
      const isIt = text ? start >= 0 : anchor && anchor.href === link && /\p{L}{2}/u.test(node.data);
      if (!element || !isIt) continue;
      const range = document.createRange();
      range.setStart(node, start);
      range.setEnd(node, text ? start + text.length : node.data.trimEnd().length);
      found.push({ path, ...lookAt(element, range) });
    }
  }
  scrollTo(0, 0);
  return found;

  function lookAt(element, range) {
    const none = { x: 0, y: 0, width: 0, height: 0 };
    const boxOf = () => [...range.getClientRects()].find(({ width, height }) => width >= 8 && height >= 8);
    if (!boxOf()) return { reason: "no room", box: none };
    let opacity = 1;
    for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity);
    const { visibility, fontSize } = getComputedStyle(element);
    element.scrollIntoView({ block: "center", inline: "center" });
    const box = boxOf();
    const [x, y] = [box.x + Math.min(box.width / 2, 40), box.y + box.height / 2];
    const hit = document.elementFromPoint(x, y);
    const reason =
      visibility !== "visible" ? "visibility"
      : opacity < 0.9 ? "opacity"
      : parseFloat(fontSize) < 9 ? "font-size"
      : x < 0 || y < 0 || x > innerWidth || y > innerHeight ? "out of reach"
      : !hit || !element.contains(hit) ? "covered by " + (hit ? hit.tagName : "nothing")
      : "";
    return { reason, box: { x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height } };
  }
}`;

const contrastsIn = `async (picture, boxes) => {
  const image = new Image();
  image.src = "data:image/png;base64," + picture;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const linear = (one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4);
  return boxes.map(({ x, y, width, height }) => {
    if (width < 1 || height < 1) return 0;
    const { data } = context.getImageData(x, y, Math.min(width, 900), height);
    let [least, most] = [1, 0];
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3] === 0) continue;
      const light = 0.2126 * linear(data[at]) + 0.7152 * linear(data[at + 1]) + 0.0722 * linear(data[at + 2]);
      [least, most] = [Math.min(least, light), Math.max(most, light)];
    }
    return (most + 0.05) / (least + 0.05);
  });
}`;
