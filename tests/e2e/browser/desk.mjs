// Plays the dispatcher in a real browser: signs in, books a ride for a caller by keyboard, gives it to a car by hand, takes
// that back, gives it again, and reads why. One JSON line for each step; fails with a reason.
//
// node desk.mjs CONSOLE PICTURE PACKAGES PLATE

import { createRequire } from "node:module";

const [console_, picture, packages, plate] = process.argv.slice(2);
const { chromium } = createRequire(packages)("playwright-core");

const executablePath = process.env.FAREWAY_CHROMIUM ?? "/usr/bin/chromium";
const args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath, args });
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "Asia/Shanghai" });
const tell = (step) => console.log(JSON.stringify({ step }));

try {
  const page = await context.newPage();
  await page.goto(console_);
  await page.locator("form input").first().waitFor();
  await page.keyboard.type("li.na");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await page.locator("footer").waitFor({ state: "attached" });
  tell("signed_in");

  await page.keyboard.press("b");
  await page.locator("dialog form").waitFor();
  const typed = ["+86 138 0000 0001", "李女士", "31.330, 120.607", "苏州站北广场", "31.312, 120.670", "金鸡湖"];
  for (const [no, text] of typed.entries()) {
    if (no > 0) await page.keyboard.press("Tab");
    await page.keyboard.type(text);
  }
  await page.keyboard.press("Enter");
  const row = page.locator("tr:has-text('李女士')");
  await row.waitFor();
  tell("booked");

  const give = async () => {
    await row.getByRole("button", { name: "Open" }).press("Enter");
    await page.getByRole("button", { name: `Give it to ${plate}` }).press("Enter");
    await row.locator(`:text("${plate}")`).waitFor();
    await row.getByText("on the way").waitFor();
    tell("given");
  };
  await give();
  await page.getByRole("button", { name: /^Undo/ }).press("Enter");
  await row.getByText("waiting for a car").waitFor();
  tell("undone");
  await give();

  await row.getByRole("button", { name: "Open" }).press("Enter");
  const offers = page.locator("dialog ol li");
  await offers.nth(1).waitFor();
  const [latest, before] = [await offers.nth(0).innerText(), await offers.nth(1).innerText()];
  if (!latest.includes("taken") || !latest.includes(`Given to ${plate} by hand.`)) throw new Error(`the latest says: ${latest}`);
  if (!before.includes("taken back")) throw new Error(`the one before says: ${before}`);
  tell("explained");
  await page.screenshot({ path: picture });
  tell("picture");
} catch (error) {
  console.error(error);
  process.exitCode = 1;
} finally {
  await browser.close();
}
