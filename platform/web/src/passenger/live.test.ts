// The page stays live: by events, and by asking when they do not come through.

import { expect, test } from "vitest";

import type { Answer } from "./calls";
import { type Browser, follow } from "./live";
import type { PageState, View } from "./state";

const state = (view: View): PageState => ({
  view,
  plate: "",
  driver: null,
  fleet: "",
  running_fare: null,
  bill: null,
  bills: [],
  receipt: null,
  message: null,
  zone: "Asia/Shanghai",
  server_now_ms: 0,
});

class FakeEvents extends EventTarget {
  onerror: (() => void) | null = null;
  closed = false;
  close(): void {
    this.closed = true;
  }
  send(view: View): void {
    this.dispatchEvent(new MessageEvent("state", { data: JSON.stringify(state(view)) }));
  }
}

class FakeBrowser implements Browser {
  readonly opened: FakeEvents[] = [];
  readonly waits: { ms: number; then: () => unknown }[] = [];
  answer = (): Response => Response.json(state("bill"));
  readonly fetch = async (): Promise<Response> => this.answer();
  events(): EventSource {
    const made = new FakeEvents();
    this.opened.push(made);
    return made as unknown as EventSource;
  }
  after(ms: number, then: () => void): () => void {
    const wait = { ms, then };
    this.waits.push(wait);
    return () => {
      const at = this.waits.indexOf(wait);
      if (at >= 0) this.waits.splice(at, 1);
    };
  }
  /** Lets the time of the next waiting pass. */
  async pass(): Promise<number> {
    const wait = this.waits.shift();
    await wait?.then();
    return wait?.ms ?? 0;
  }
}

function watch(browser: FakeBrowser) {
  const seen: View[] = [];
  const ends: Answer<PageState>["kind"][] = [];
  const behind: boolean[] = [];
  const following = follow("token", browser, {
    state: (now) => seen.push(now.view),
    over: (answer) => ends.push(answer.kind),
    behind: (is) => behind.push(is),
  });
  return { seen, ends, behind, following };
}

test("what the platform pushes is shown", () => {
  const browser = new FakeBrowser();
  const { seen } = watch(browser);
  browser.opened[0]?.send("trip_running");
  browser.opened[0]?.send("bill");
  expect(seen).toEqual(["trip_running", "bill"]);
});

test("a broken feed is replaced by asking and opened anew, ever more patiently", async () => {
  const browser = new FakeBrowser();
  const { seen } = watch(browser);
  const waits: number[] = [];
  for (let round = 0; round < 6; round += 1) {
    browser.opened.at(-1)?.onerror?.();
    waits.push(await browser.pass());
  }
  expect(seen).toEqual(Array(6).fill("bill"));
  expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
  expect(browser.opened.slice(0, -1).every((events) => events.closed)).toBe(true);
});

test("a feed that is opened but held back by a proxy is found out", async () => {
  const browser = new FakeBrowser();
  const { seen } = watch(browser);
  expect(await browser.pass()).toBe(6000);
  expect(browser.opened[0]?.closed).toBe(true);
  expect(await browser.pass()).toBe(1000);
  expect([seen, browser.opened.length]).toEqual([["bill"], 2]);
});

test("a line that falls silent is opened anew, one that says it is there is not", async () => {
  const browser = new FakeBrowser();
  watch(browser);
  browser.opened[0]?.send("bill");
  browser.opened[0]?.dispatchEvent(new Event("alive"));
  expect(browser.waits.map(({ ms }) => ms)).toEqual([40_000]);
  await browser.pass();
  expect(browser.opened[0]?.closed).toBe(true);
});

test("a platform out of order is waited for and the passenger is told that the page is behind", async () => {
  const browser = new FakeBrowser();
  const { behind, seen } = watch(browser);
  browser.answer = () => new Response("", { status: 503 });
  browser.opened[0]?.onerror?.();
  await browser.pass();
  expect(behind).toEqual([true]);
  browser.opened[1]?.send("bill");
  expect([behind, seen]).toEqual([[true, false], ["bill"]]);
});

test("an ended session and a dead link end the following", async () => {
  for (const [remedy, status, kind] of [["authorise", 401, "authorise"], ["scan", 410, "over"]] as const) {
    const browser = new FakeBrowser();
    const { ends } = watch(browser);
    browser.answer = () => Response.json({ message: { zh: "。", en: "." }, remedy }, { status });
    browser.opened[0]?.onerror?.();
    await browser.pass();
    expect(ends).toEqual([kind]);
    expect(browser.opened.length).toBe(1);
  }
});

test("after it is stopped nothing is shown any more", async () => {
  const browser = new FakeBrowser();
  const { seen, following } = watch(browser);
  following.stop();
  browser.opened[0]?.send("bill");
  expect([seen, browser.opened[0]?.closed]).toEqual([[], true]);
});
