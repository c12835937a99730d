// The board, live. Keeps the last board while the link is down and says how old it is; one clock ticks for every age.

import { ask } from "./api";
import type { Board, Instant } from "./model";

const WAIT_MS_FIRST = 1_000;
const WAIT_MS_MAX = 15_000;
const QUIET_S_MAX = 30;

export class Feed {
  board = $state.raw<Board | null>(null);
  live = $state(false);
  /** The server's time, ticking. */
  now = $state<Instant>(Date.now() * 1000);

  #aheadUs = 0;
  #quietS = 0;
  #waitMs = WAIT_MS_FIRST;
  #events: EventSource | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;
  #signedOut: () => void;

  constructor(signedOut: () => void) {
    this.#signedOut = signedOut;
  }

  start(): void {
    this.#tick = setInterval(() => this.#second(), 1000);
    this.#open();
  }

  stop(): void {
    this.#events?.close();
    clearTimeout(this.#retry);
    clearInterval(this.#tick);
  }

  /** Asks at once, as after a command. */
  async look(): Promise<void> {
    const answer = await ask<Board>("board");
    if (answer.kind === "ok") this.#take(answer.value);
    else if (answer.kind === "signed_out") this.#signedOut();
  }

  #second(): void {
    this.#read();
    // An EventSource never notices a line that is only silent.
    this.#quietS += 1;
    if (this.#quietS % QUIET_S_MAX === 0) void this.look();
  }

  #read(): void {
    this.now = Math.floor(performance.now() * 1000) + this.#aheadUs;
  }

  #take(board: Board): void {
    this.board = board;
    this.#quietS = 0;
    this.#aheadUs = board.now - Math.floor(performance.now() * 1000);
    this.#read();
  }

  #open(): void {
    const events = new EventSource("/console/api/events");
    this.#events = events;
    events.addEventListener("board", (event) => {
      this.#take(JSON.parse((event as MessageEvent<string>).data) as Board);
      this.live = true;
      this.#waitMs = WAIT_MS_FIRST;
    });
    events.addEventListener("signed_out", () => this.#signedOut());
    events.onerror = () => {
      // An EventSource hides a 401 and gives up on some failures for good: close it, ask plainly, open anew.
      events.close();
      this.live = false;
      this.#retry = setTimeout(async () => {
        await this.look();
        this.#open();
      }, this.#waitMs);
      this.#waitMs = Math.min(this.#waitMs * 2, WAIT_MS_MAX);
    };
  }
}
