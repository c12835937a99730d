// Cars with their places, asked for again and again while somebody looks: positions change too often for the board's feed.

import { ask } from "./api";
import type { CarRow } from "./model";

const EVERY_MS = 4_000;

export class Cars {
  rows = $state.raw<readonly CarRow[]>([]);
  #timer: ReturnType<typeof setInterval> | undefined;

  start(): void {
    void this.look();
    this.#timer = setInterval(() => {
      if (!document.hidden) void this.look();
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Asks at once, as after a command. Without an answer the last one stands; its positions grow old by themselves. */
  async look(): Promise<void> {
    const answer = await ask<readonly CarRow[]>("cars");
    if (answer.kind === "ok") this.rows = answer.value;
  }
}
