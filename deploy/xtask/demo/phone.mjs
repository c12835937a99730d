// Plays the passenger's phone in a real browser: opens the wallet with the scanned link, reads the fare from the page,
// pays, types the PIN, and waits for the page to say PAID. One JSON line for each step; fails with a reason.
//
// node phone.mjs WALLET PICTURE PACKAGES FARE

import { createRequire } from "node:module";

const [wallet, picture, packages, fare] = process.argv.slice(2);
const { chromium } = createRequire(packages)("playwright-core");

const executablePath = process.env.FAREWAY_CHROMIUM ?? "/usr/bin/chromium";
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args });
const context = await browser.newContext({ viewport: { width: 1180, height: 920 }, locale: "zh-CN", timezoneId: "Asia/Shanghai" });
const tell = (step, more = {}) => console.log(JSON.stringify({ step, ...more }));

try {
  const page = await context.newPage();
  await page.goto(wallet);
  tell("scanned");
  const phone = page.frameLocator("#phone");
  // Alipay asks for consent once; the next time it goes straight through.
  const agree = phone.locator("#agree");
  const total = phone.locator(".fare .total");
  await agree.or(total).first().waitFor();
  if (await agree.isVisible()) await agree.click();
  await total.waitFor();
  const shown = (await total.innerText()).replace(/\s/g, "");
  if (!shown.endsWith(fare)) throw new Error(`the page asks for ${shown}, not ${fare}`);
  if ((await phone.locator("input").count()) > 0) throw new Error("the page lets the passenger type an amount");
  tell("fare", { shown });
  await phone.locator(".foot .button").click();
  await page.locator("#pin").waitFor();
  const asked = await page.locator("#amount").innerText();
  if (!asked.includes(fare)) throw new Error(`the wallet asks for ${asked}, not ${fare}`);
  tell("cashier", { asked });
  await page.locator("#pin").fill("123456");
  await page.locator("#pay").click();
  tell("pin");
  await phone.locator(".proof").waitFor();
  tell("paid");
  // The wallet's own sheet closes a moment after it has told the page.
  await page.locator("#cashier").waitFor({ state: "hidden" });
  await page.locator(".device").screenshot({ path: picture });
  tell("picture");
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await browser.close();
}
