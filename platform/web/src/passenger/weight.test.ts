// A passenger on a weak network loads the whole page within 60 kB, uncompressed.

import { readFileSync } from "node:fs";

import { build } from "vite";
import { expect, test } from "vitest";

const WEIGHT_MAX = 60_000;

test("shell, script and style sheet together stay within 60 kB", async () => {
  const root = new URL("../../", import.meta.url).pathname;
  const config = new URL("../../vite.passenger.config.ts", import.meta.url).pathname;
  const built = await build({ root, configFile: config, logLevel: "silent", build: { write: false } });
  const [bundle] = Array.isArray(built) ? built : [built];
  const output = bundle !== undefined && "output" in bundle ? bundle.output : [];
  const names = output.map((file) => file.fileName).sort();
  expect(names).toEqual(["assets/passenger.css", "assets/passenger.js"]);
  const shell = new URL("../../../server/src/passenger/tests/shells/page.zh-Hans.html", import.meta.url);
  const weights = output.map((file) => Buffer.byteLength(file.type === "chunk" ? file.code : file.source));
  const weight = weights.reduce((sum, bytes) => sum + bytes, readFileSync(shell).length);
  expect(weight).toBeLessThanOrEqual(WEIGHT_MAX);
  expect(weight).toBeGreaterThan(10_000);
});
