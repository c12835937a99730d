// The page's scene against the vectors that the car's scene is held to.

import { readFileSync } from "node:fs";

import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";

import { HEIGHT, type Motion, WIDTH, draw, readSeed, shades } from "./scene";

interface Vectors {
  width: number;
  height: number;
  pictures: { seed: string; at_ms: number; motion: Motion; sha256: string }[];
  shades: { seed: string; shades: number[][] }[];
}

const file = new URL("../../../../shared/tests/scene-vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

function seedOf(hex: string): Uint8Array {
  const seed = readSeed(hex);
  if (seed === null) throw new Error(`${hex} is not a seed`);
  return seed;
}

test("every picture is the car's picture, pixel for pixel", () => {
  expect([WIDTH, HEIGHT]).toEqual([vectors.width, vectors.height]);
  expect(vectors.pictures.length).toBeGreaterThan(100);
  const pixels = new Uint8Array(WIDTH * HEIGHT);
  for (const picture of vectors.pictures) {
    draw(seedOf(picture.seed), picture.at_ms, picture.motion, pixels);
    expect(bytesToHex(sha256(pixels)), `${picture.seed} at ${picture.at_ms}, ${picture.motion}`).toBe(picture.sha256);
  }
});

test("a seed picks the same family of shades as in the car", () => {
  for (const { seed, shades: expected } of vectors.shades) expect(shades(seedOf(seed))).toEqual(expected);
});

test("what is not a seed draws nothing", () => {
  expect(readSeed("")).toBeNull();
  expect(readSeed("00".repeat(15))).toBeNull();
  expect(readSeed("zz".repeat(16))).toBeNull();
});
