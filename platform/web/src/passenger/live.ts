// Keeps the page live: server-sent events, and asking now and then while they do not come through. Called by the page.

import { type Answer, type Fetch, ask } from "./calls";
import type { PageState } from "./state";

const WAIT_MS_FIRST = 1_000;
const WAIT_MS_MAX = 15_000;
// The platform sends the state at once and says every 15 s that it is there. A proxy that holds events back is found out.
const FIRST_MS_MAX = 6_000;
const SILENCE_MS_MAX = 40_000;

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
    let enough = (): void => {};

    // An EventSource hides why it failed, gives up on some failures for good, and never notices a line that is only
    // silent: close it, ask plainly, open anew.
    const fail = (): void => {
      enough();
      opened.close();
      if (stopped) return;
      forget = browser.after(waitMs, async () => {
        await look();
        if (!stopped) open();
      });
      waitMs = Math.min(waitMs * 2, WAIT_MS_MAX);
    };
    const alive = (patienceMs: number): void => {
      enough();
      enough = browser.after(patienceMs, fail);
      forget = enough;
    };

    opened.addEventListener("state", (event) => {
      if (stopped) return;
      alive(SILENCE_MS_MAX);
      waitMs = WAIT_MS_FIRST;
      listener.state(JSON.parse((event as MessageEvent<string>).data) as PageState);
      listener.behind(false);
    });
    opened.addEventListener("alive", () => {
      if (!stopped) alive(SILENCE_MS_MAX);
    });
    opened.onerror = fail;
    alive(FIRST_MS_MAX);
  };

  open();
  return { look: () => void look(), stop };
}
