// The live scene behind PAID, drawn as the car draws it: a port of `shared/src/scene.rs`, held to the same
// `shared/tests/scene-vectors.json`. Whole numbers only. Called by the passenger page; knows nothing of pages.

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";

export const WIDTH = 200;
export const HEIGHT = 120;

/** Whether things move within the second. */
export type Motion = "full" | "reduced";

/** Red, green, blue. */
export type Shade = readonly [number, number, number];

interface Wave {
  readonly stepX: number;
  readonly stepY: number;
  readonly phase: number;
  readonly drift: number;
}

const WAVES = 3;
const BLEND_MS = 250;
const TAG = new TextEncoder().encode("fareway scene 1");

// One quarter turn of a sine in 64 steps, 0 ..= 127.
const QUARTER = [
  0, 3, 6, 9, 12, 16, 19, 22, 25, 28, 31, 34, 37, 40, 43, 46, 49, 51, 54, 57, 60, 63, 65, 68, 71, 73, 76, 78, 81, 83, 85,
  88, 90, 92, 94, 96, 98, 100, 102, 104, 106, 107, 109, 111, 112, 113, 115, 116, 117, 118, 120, 121, 122, 122, 123, 124,
  125, 125, 126, 126, 126, 127, 127, 127, 127,
];

const SINE = Int16Array.from({ length: 256 }, (_, step) => {
  const within = step % 128;
  const height = QUARTER[within <= 64 ? within : 128 - within] ?? 0;
  return step < 128 ? height : -height;
});

const FAMILIES: readonly (readonly Shade[])[] = [
  [[4, 71, 52], [6, 95, 70], [5, 122, 85], [14, 148, 104]],
  [[8, 66, 70], [14, 86, 92], [13, 112, 117], [18, 138, 138]],
  [[20, 72, 32], [30, 97, 42], [38, 122, 52], [54, 146, 66]],
  [[10, 62, 84], [12, 82, 106], [14, 106, 128], [22, 130, 150]],
];

/** The shades of a seed, dark to light. */
export function shades(seed: Uint8Array): readonly Shade[] {
  return FAMILIES[(seed[0] ?? 0) % 4] ?? [];
}

// Steps of 1..=4 or their negatives.
function step(byte: number): number {
  return (byte & 4) === 0 ? (byte & 3) + 1 : -(byte & 3) - 1;
}

function waves(seed: Uint8Array, second: number): Wave[] {
  const message = new Uint8Array(TAG.length + 8);
  message.set(TAG);
  // Eight bytes, big-endian, without BigInt: some wallets' browsers are years old.
  const high = Math.floor(second / 2 ** 32);
  const view = new DataView(message.buffer);
  view.setInt32(TAG.length, high);
  view.setUint32(TAG.length + 4, second - high * 2 ** 32);
  const block = hmac(sha256, seed, message);
  return Array.from({ length: WAVES }, (_, wave) => {
    const [x = 0, y = 0, phase = 0, drift = 0] = block.subarray(wave * 4, wave * 4 + 4);
    return { stepX: step(x), stepY: step(y), phase, drift: (drift & 63) + 32 };
  });
}

function movedBy(waves: readonly Wave[], ms: number): Wave[] {
  return waves.map((wave) => ({ ...wave, phase: wave.phase + Math.floor((wave.drift * ms) / 1000) }));
}

function height(waves: readonly Wave[], x: number, y: number): number {
  let sum = 0;
  for (const wave of waves) sum += SINE[(wave.stepX * x + wave.stepY * y + wave.phase) & 255] ?? 0;
  return sum;
}

// Four bands of about equal area.
function shade(height: number): number {
  if (height < -105) return 0;
  if (height < 0) return 1;
  return height < 105 ? 2 : 3;
}

/** Draws the picture of an instant (milliseconds since the epoch by the server's clock): one shade's index a pixel. */
export function draw(seed: Uint8Array, atMs: number, motion: Motion, pixels: Uint8Array): void {
  const second = Math.floor(atMs / 1000);
  const within = atMs - second * 1000;
  const moved = motion === "full" ? within : 0;
  const blend = motion === "full" ? Math.min(within, BLEND_MS) : BLEND_MS;
  const fresh = movedBy(waves(seed, second), moved);
  const fading = blend < BLEND_MS ? movedBy(waves(seed, second - 1), moved + 1000) : null;
  let at = 0;
  for (let y = 0; y < HEIGHT; y += 1) {
    for (let x = 0; x < WIDTH; x += 1) {
      let value = height(fresh, x, y);
      if (fading !== null) {
        value = Math.floor((height(fading, x, y) * (BLEND_MS - blend) + value * blend) / BLEND_MS);
      }
      pixels[at] = shade(value);
      at += 1;
    }
  }
}

/** The sixteen bytes of a seed in hexadecimal; `null` if it is not one. */
export function readSeed(hex: string): Uint8Array | null {
  if (!/^[0-9a-f]{32}$/i.test(hex)) return null;
  return Uint8Array.from({ length: 16 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16));
}
