// Alipay's own payment sheet (alipay.md §6). What it returns is passed on and decides nothing.

interface Bridge {
  call(name: "tradePay", options: { tradeNO: string }, done: (result: { resultCode?: string | number }) => void): void;
}

/** The parts of the browser that this needs. */
export interface Wallet {
  AlipayJSBridge?: Bridge;
  readonly document: Pick<Document, "addEventListener" | "removeEventListener">;
}

const BRIDGE_MS_MAX = 4_000;

/** Waits for the bridge, which may be missing at load; `null` when this is not Alipay. */
function bridge(wallet: Wallet, after: (ms: number, then: () => void) => () => void): Promise<Bridge | null> {
  if (wallet.AlipayJSBridge !== undefined) return Promise.resolve(wallet.AlipayJSBridge);
  return new Promise((found) => {
    const ready = (): void => {
      forget();
      wallet.document.removeEventListener("AlipayJSBridgeReady", ready);
      found(wallet.AlipayJSBridge ?? null);
    };
    const forget = after(BRIDGE_MS_MAX, ready);
    wallet.document.addEventListener("AlipayJSBridgeReady", ready);
  });
}

/** Opens the payment sheet; answers with its result code, or `null` when this is not Alipay. */
export async function tradePay(
  wallet: Wallet,
  tradeNo: string,
  after: (ms: number, then: () => void) => () => void,
): Promise<string | null> {
  const found = await bridge(wallet, after);
  if (found === null) return null;
  return new Promise((done) => {
    // The key is tradeNO, capital N and O. The code comes as a string or as a number.
    found.call("tradePay", { tradeNO: tradeNo }, (result) => done(String(result.resultCode ?? "unknown")));
  });
}
