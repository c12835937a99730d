// Draws every page in a real browser into `target/pictures/web/`, for a person to look at. Fails if a page asks
// another host for anything, if the browser reports an error, or if a page is wider than its phone.

import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

import { drawConsole } from "./console.mjs";
import { host, plainShells } from "./host.mjs";
import { FACES } from "./passenger.mjs";
import { payTheRide } from "./ride.mjs";
import { drawRides } from "./rides.mjs";

const only = process.argv[2] ?? "";
const root = process.env.FAREWAY_PICTURES ?? fileURLToPath(new URL("../../../target/pictures/web/", import.meta.url));
const executablePath = process.env.FAREWAY_CHROMIUM ?? "/usr/bin/chromium";
// A test machine has no display, no use for QUIC and nobody to phone home to.
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const PHONE = { width: 390, height: 780 };
const NARROW = { width: 320, height: 568 };
const DESK = { width: 1440, height: 900 };

const complaints = [];
const { address, ride, desk, stop } = await host();
const browser = await chromium.launch({ executablePath, args });
await mkdir(root, { recursive: true });

const tabs = new Map();
let drawing = "";
let known = [];

// One tab for each kind of screen, used again and again: making one costs more than a picture.
async function tab(viewport, scheme, locale, motion) {
  const kind = JSON.stringify([viewport, scheme, locale, motion]);
  if (tabs.has(kind)) return tabs.get(kind);
  const context = await browser.newContext({
    viewport,
    deviceScaleFactor: viewport.width < 500 ? 2 : 1,
    colorScheme: scheme,
    locale,
    reducedMotion: motion,
    timezoneId: "Asia/Shanghai",
  });
  const page = await context.newPage();
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${address}/`) && !url.startsWith("data:")) complaints.push(`${drawing}: asked ${url}`);
  });
  page.on("console", (message) => {
    const expected = known.some((text) => message.text().includes(text));
    if (message.type() === "error" && !expected) complaints.push(`${drawing}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`${drawing}: ${error.message}`));
  tabs.set(kind, page);
  return page;
}

async function draw(name, path, how) {
  const { viewport, scheme = "light", locale = "en", motion = "no-preference", expected = [], act, full = true } = how;
  if (!name.includes(only)) return;
  const page = await tab(viewport, scheme, locale, motion);
  [drawing, known] = [name, expected];
  try {
    await page.goto(address + path, { waitUntil: "load" });
    if (act !== undefined) await act(page);
  } catch (error) {
    complaints.push(`${name}: ${error.message}`);
  }
  // Two frames: fonts and the live scene are drawn by then.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
  if (wide) complaints.push(`${name}: wider than its ${viewport.width} px`);
  await page.screenshot({ path: `${root}/${name}.png`, fullPage: full });
}

for (const face of Object.keys(FACES)) {
  for (const [language, tag] of [["zh", "zh-Hans"], ["en", "en"]]) {
    for (const scheme of ["light", "dark"]) {
      await draw(`passenger-${face}-${language}-${scheme}`, `/face/${face}/${tag}`, { viewport: PHONE, scheme });
    }
    await draw(`passenger-${face}-${language}-narrow`, `/face/${face}/${tag}`, { viewport: NARROW });
  }
}
await draw("passenger-paid-en-reduced", "/face/paid/en", { viewport: PHONE, motion: "reduce" });
await draw("passenger-enter_code-zh-wrong", "/face/enter_code/zh-Hans", {
  viewport: PHONE,
  act: async (page) => {
    await page.fill("#digits", "999");
    await page.waitForSelector(".said");
  },
});
for (const shell of await plainShells()) {
  for (const scheme of ["light", "dark"]) await draw(`passenger-${shell}-${scheme}`, `/shell/${shell}`, { viewport: PHONE, scheme });
}

await payTheRide(draw, ride, PHONE);
await drawConsole(draw, { desk: DESK, phone: PHONE });
await drawRides(draw, desk, DESK);

await browser.close();
stop();
for (const complaint of complaints) console.error(complaint);
if (complaints.length > 0) process.exit(1);
console.log(`pictures: ${root}`);
