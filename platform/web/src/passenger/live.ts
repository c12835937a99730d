// Keeps the page live: server-sent events, and asking now and then while they do not come through. Called by the page.

import { type Answer, type Fetch, ask } from "./calls";
import type { PageState } from "./state";

const WAIT_MS_FIRST = 1_000;
const WAIT_MS_MAX = 15_000;

/** The parts of the browser that this needs. */
export interface Browser {
  readonly fetch: Fetch;
  events(path: string): EventSource;
  after(ms: number, then: () => void): () => void;
}

export interface Listener {
  state(state: PageState): void;
  /** An answer that ends the following: authorise again, or a final sentence. */
  over(answer: Answer<PageState>): void;
  /** Whether what is shown may be out of date. */
  behind(behind: boolean): void;
}

/** Follows the state of a page. `look` asks at once, as when the wallet has closed; `stop` ends it. */
export interface Following {
  look(): void;
  stop(): void;
}

export function follow(token: string, browser: Browser, listener: Listener): Following {
  let stopped = false;
  let waitMs = WAIT_MS_FIRST;
  let events: EventSource | null = null;
  let forget = (): void => {};

  const stop = (): void => {
    stopped = true;
    events?.close();
    forget();
  };

  const look = async (): Promise<void> => {
    const answer = await ask(browser.fetch, token);
    if (stopped) return;
    if (answer.kind === "ok") {
      listener.state(answer.value);
      listener.behind(false);
    } else if (answer.kind === "authorise" || answer.kind === "over") {
      stop();
      listener.over(answer);
    } else {
      listener.behind(true);
    }
  };

  const open = (): void => {
    const opened = browser.events(`/p/api/events?token=${encodeURIComponent(token)}`);
    events = opened;
    opened.addEventListener("state", (event) => {
      if (stopped) return;
      waitMs = WAIT_MS_FIRST;
      listener.state(JSON.parse((event as MessageEvent<string>).data) as PageState);
      listener.behind(false);
    });
    opened.onerror = () => {
      // An EventSource hides why it failed and gives up on some failures for good: close it, ask plainly, open anew.
      opened.close();
      if (stopped) return;
      forget = browser.after(waitMs, async () => {
        await look();
        if (!stopped) open();
      });
      waitMs = Math.min(waitMs * 2, WAIT_MS_MAX);
    };
  };

  open();
  return { look: () => void look(), stop };
}
