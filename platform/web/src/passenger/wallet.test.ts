// Alipay's payment sheet: the bridge may come late, the code may be a number, and elsewhere there is no bridge at all.

import { expect, test } from "vitest";

import { type Wallet, tradePay } from "./wallet";

type Done = (result: { resultCode?: string | number }) => void;

class Phone {
  readonly document = new EventTarget() as unknown as Wallet["document"];
  readonly asked: unknown[] = [];
  AlipayJSBridge?: NonNullable<Wallet["AlipayJSBridge"]>;
  giveUp: () => void = () => {};

  bridge(result: { resultCode?: string | number }): void {
    this.AlipayJSBridge = {
      call: (name: string, options: { tradeNO: string }, done: Done) => {
        this.asked.push([name, options]);
        done(result);
      },
    };
  }
  readonly after = (_ms: number, then: () => void): (() => void) => {
    this.giveUp = then;
    return () => {};
  };
}

test("the sheet is opened with Alipay's number under its odd name", async () => {
  const phone = new Phone();
  phone.bridge({ resultCode: "9000" });
  expect(await tradePay(phone, "2026112022001", phone.after)).toBe("9000");
  expect(phone.asked).toEqual([["tradePay", { tradeNO: "2026112022001" }]]);
});

test("a code that is a number or missing is passed on as text", async () => {
  for (const [resultCode, text] of [[6001, "6001"], [undefined, "unknown"]] as const) {
    const phone = new Phone();
    phone.bridge(resultCode === undefined ? {} : { resultCode });
    expect(await tradePay(phone, "1", phone.after)).toBe(text);
  }
});

test("a bridge that comes late is waited for", async () => {
  const phone = new Phone();
  const paying = tradePay(phone, "1", phone.after);
  phone.bridge({ resultCode: "8000" });
  (phone.document as unknown as EventTarget).dispatchEvent(new Event("AlipayJSBridgeReady"));
  expect(await paying).toBe("8000");
});

test("a browser that is not Alipay is told apart", async () => {
  const phone = new Phone();
  const paying = tradePay(phone, "1", phone.after);
  phone.giveUp();
  expect(await paying).toBeNull();
});
