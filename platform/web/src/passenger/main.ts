// Starts the page from what its shell carries. Nothing but the shell of a bill or a car loads this.

import { Page } from "./page";
import "./passenger.css";
import type { PageState } from "./state";
import type { Wallet } from "./wallet";

const root = document.getElementById("page");
const { token, state } = root?.dataset ?? {};
if (root !== null && token !== undefined && state !== undefined) {
  const browser = {
    fetch: (path: string, init?: RequestInit) => window.fetch(path, init),
    events: (path: string) => new EventSource(path),
    after: (ms: number, then: () => void) => {
      const timer = setTimeout(then, ms);
      return () => clearTimeout(timer);
    },
  };
  const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
  const page = new Page(root, token, JSON.parse(state) as PageState, language, browser, window as unknown as Wallet);
  page.start();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") page.look();
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) page.look();
  });
}
