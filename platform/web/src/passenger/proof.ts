// The moving picture behind PAID, with a running clock by the server's time. Called by the view of a paid bill.

import { HEIGHT, type Motion, WIDTH, draw, readSeed, shades } from "../scene/scene";

/** Milliseconds since the epoch by the server's clock, carried on by the phone's steady one. */
export type ServerClock = () => number;

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;

/** The time of day in a zone, with tenths: a recording shows the wrong one. */
export function clockText(atMs: number, zone: string, tenths: boolean): string {
  const seconds = new Intl.DateTimeFormat("en-GB", { ...CLOCK, timeZone: zone }).format(atMs);
  return tenths ? `${seconds}.${Math.floor((((atMs % 1000) + 1000) % 1000) / 100)}` : seconds;
}

/** Draws into `canvas` and writes the time into `clock` until the canvas leaves the page. */
export function play(canvas: HTMLCanvasElement, clock: HTMLElement, seedHex: string, zone: string, now: ServerClock): void {
  const seed = readSeed(seedHex);
  const context = canvas.getContext("2d", { alpha: false });
  if (seed === null || context === null) return;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const image = context.createImageData(WIDTH, HEIGHT);
  const pixels = new Uint8Array(WIDTH * HEIGHT);
  const palette = shades(seed);
  let drawnSecond = -1;

  const frame = (): void => {
    // Not yet on the page at the very first frame is fine; gone later means done.
    if (!canvas.isConnected) return;
    const atMs = Math.floor(now());
    const motion: Motion = still.matches ? "reduced" : "full";
    const second = Math.floor(atMs / 1000);
    if (motion === "full" || second !== drawnSecond) {
      drawnSecond = second;
      draw(seed, atMs, motion, pixels);
      pixels.forEach((shade, at) => {
        const [red, green, blue] = palette[shade] ?? [0, 0, 0];
        image.data.set([red, green, blue, 255], at * 4);
      });
      context.putImageData(image, 0, 0);
    }
    clock.textContent = clockText(atMs, zone, motion === "full");
    requestAnimationFrame(frame);
  };
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  requestAnimationFrame(frame);
}
