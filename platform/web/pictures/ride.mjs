// One ride in a real browser, from the trip that is still running to the receipt, with a wallet that does what it is
// told. Holds the page to its word: it goes live by itself, hands Alipay's number over, and never decides "paid".

import assert from "node:assert/strict";

/** Plays the ride and draws its last page. */
export async function payTheRide(draw, ride, viewport) {
  await draw("passenger-ride-en", "/face/ride/en", {
    viewport,
    act: async (page) => {
      const shows = (text) => page.waitForSelector(`h1:has-text("${text}"), .running:has-text("${text}")`);
      await shows("Trip running");
      ride.show("bill_extras");
      await page.click("button:has-text('Pay ¥146.40')");
      // The bridge comes late, as in the wallet.
      await page.waitForSelector("button.busy");
      await page.evaluate(() => {
        window.AlipayJSBridge = {
          call: (name, options, done) => {
            window.handedOver = [name, options];
            done({ resultCode: 9000 });
          },
        };
        document.dispatchEvent(new Event("AlipayJSBridgeReady"));
      });
      await shows("Checking with Alipay");
      assert.deepEqual(await page.evaluate(() => window.handedOver), ["tradePay", { tradeNO: "2026112022001407500000004931" }]);
      assert.deepEqual(
        ride.told.map(([what, { result_code: code, version }]) => [what, code ?? version]),
        [["pay", 1], ["result", "9000"]],
      );
      assert.equal(await page.locator(".proof").count(), 0, "the page believed the wallet");
      ride.show("paid_keyed");
      await shows("Paid");
      const clocks = [];
      for (let look = 0; look < 2; look += 1) {
        clocks.push(await page.textContent(".clock"));
        await page.waitForFunction((seen) => document.querySelector(".clock")?.textContent !== seen, clocks.at(-1));
      }
      assert.match(clocks[0], /^\d\d:\d\d:\d\d\.\d$/);
      assert.notEqual(clocks[0], clocks[1], "the clock stands still");
    },
  });
}
