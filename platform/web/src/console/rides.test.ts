// From reservations, offers and cars to what a dispatcher sees; and the paper of the map.

import { expect, test } from "vitest";

import { fit, grid, project, roundM, unproject } from "./map";
import type { CarRow, ReservationRow } from "./model";
import { candidates, carLook, crowM, distance, freshKey, isOpenRide, isStale, rideTone, townTime, typedPlace, writtenPlace } from "./rides";

const SECOND = 1_000_000;
const NORTH_GATE = { lat: 31.33, lng: 120.607 };
const PAPER = { width: 640, height: 400 };

const ride = (more: Partial<ReservationRow>): ReservationRow => ({
  id: "1",
  state: "waiting",
  pickup: { place: NORTH_GATE, words: "苏州站北广场" },
  dropoff: null,
  pickup_at: null,
  passenger: "李女士",
  contact: "…0001",
  note: "",
  seats: 1,
  class: null,
  wheelchair: false,
  requested_at: 0,
  due_at: null,
  refusals: 0,
  plate: null,
  trip: null,
  ended: null,
  ...more,
});

const car = (plate: string, more: Partial<CarRow>): CarRow => ({
  id: plate,
  plate,
  driver: null,
  place: NORTH_GATE,
  placed_at: 0,
  heading_deg: null,
  online: true,
  duty: "on_shift",
  meter: "vacant",
  seats: 4,
  wheelchair: false,
  offered: null,
  trip: null,
  free: true,
  ...more,
});

test("who waits stands out, more so after three refusals, and what is over does not", () => {
  expect(rideTone(ride({}))).toBe("care");
  expect([2, 3].map((refusals) => rideTone(ride({ refusals })))).toEqual(["care", "bad"]);
  expect(rideTone(ride({ state: "assigned" }))).toBe("fine");
  expect(rideTone(ride({ state: "unserved" }))).toBe("bad");
  expect(rideTone(ride({ state: "completed" }))).toBe("still");
  expect([ride({}), ride({ state: "completed" })].map(isOpenRide)).toEqual([true, false]);
});

test("free cars that fit come nearest first, and those nobody knows the place of last", () => {
  const at = (lng: number): { lat: number; lng: number } => ({ lat: 31.33, lng });
  const cars = [
    car("far", { place: at(120.64) }),
    car("lost", { place: null, placed_at: null }),
    car("near", { place: at(120.61) }),
    car("stale", { place: at(120.607), placed_at: -61 * SECOND }),
    car("busy", { free: false }),
    car("small", { seats: 1 }),
    car("asked", { place: at(120.62), free: false, offered: "1" }),
    car("asked for another", { free: false, offered: "2" }),
  ];
  const found = candidates(cars, ride({ seats: 2 }), 0);
  expect(found.map(({ car }) => car.plate)).toEqual(["near", "asked", "far", "lost", "stale"]);
  expect(candidates(cars, ride({ wheelchair: true }), 0)).toEqual([]);
});

test("a car looks as it is, and a position grows old", () => {
  expect(carLook(car("a", {}))).toBe("free");
  expect(carLook(car("a", { online: false }))).toBe("off");
  expect(carLook(car("a", { duty: "paused" }))).toBe("off");
  expect(carLook(car("a", { offered: "1" }))).toBe("offered");
  expect(carLook(car("a", { trip: { id: "1", state: "en_route", reservation: "1" } }))).toBe("way");
  expect(carLook(car("a", { meter: "hired" }))).toBe("hired");
  expect([59, 61].map((age) => isStale(car("a", {}), age * SECOND))).toEqual([false, true]);
});

test("a place is typed in many ways, latitude first, and nothing else is a place", () => {
  for (const text of ["31.33, 120.607", " 31.33 120.607 ", "31.33，120.607", "31.33;120.607"]) {
    expect(typedPlace(text)).toEqual(NORTH_GATE);
  }
  for (const text of ["", "31.33", "North Gate", "31.33, 120.607, 5", "31,33 120,607", "NaN, 1", "1e3 2"]) {
    expect(typedPlace(text)).toBeNull();
  }
  expect(typedPlace(writtenPlace(NORTH_GATE))).toEqual(NORTH_GATE);
});

test("distances and times read well", () => {
  expect([84, 994, 1_240, 14_400].map(distance)).toEqual(["80 m", "990 m", "1.2 km", "14 km"]);
  expect(crowM({ lat: 0, lng: 0 }, { lat: 0, lng: 1 })).toBeCloseTo(111_195, -1);
  const at = Date.UTC(2026, 10, 22, 0, 30) * 1000;
  expect(townTime(at, at - 3_600 * SECOND, "Asia/Shanghai")).toBe("08:30");
  expect(townTime(at, at - 86_400 * SECOND, "Asia/Shanghai")).toBe("11-22 08:30");
  expect(townTime(at, at, "Europe/London")).toBe("00:30");
});

test("every booking has a number of its own", () => {
  expect(freshKey()).toMatch(/^[0-9a-f]{32}$/);
  expect(freshKey()).not.toBe(freshKey());
});

test("what is drawn can be clicked: a point is its place and a place its point", () => {
  const view = { middle: NORTH_GATE, mPerUnit: 12 };
  const place = { lat: 31.345, lng: 120.59 };
  const back = unproject(project(place, view, PAPER), view, PAPER);
  expect(back.lat).toBeCloseTo(place.lat, 9);
  expect(back.lng).toBeCloseTo(place.lng, 9);
  expect(project(NORTH_GATE, view, PAPER)).toEqual({ x: 320, y: 200 });
});

test("everything is on the map, and the map keeps still while it is", () => {
  const places = [NORTH_GATE, { lat: 31.4, lng: 120.7 }];
  const view = fit(places, PAPER, null)!;
  for (const { x, y } of places.map((place) => project(place, view, PAPER))) {
    expect(x > 0 && y > 0 && x < 640 && y < 400).toBe(true);
  }
  expect(fit([NORTH_GATE, { lat: 31.401, lng: 120.701 }], PAPER, view)).toBe(view);
  expect(fit([NORTH_GATE, { lat: 32, lng: 121 }], PAPER, view)).not.toBe(view);
  expect(fit([NORTH_GATE], PAPER, view)).not.toBe(view);
  expect(fit([], PAPER, view)).toBe(view);
});

test("scales are round, and the grid fills the paper and stays with the ground", () => {
  expect([90, 230, 1_000, 7_600].map(roundM)).toEqual([50, 200, 1_000, 5_000]);
  const view = { middle: NORTH_GATE, mPerUnit: 10 };
  const { xs, ys } = grid(view, PAPER, 1_000);
  expect([xs.length, ys.length].every((count) => count >= 4 && count <= 7)).toBe(true);
  const moved = { ...view, middle: unproject({ x: 330, y: 200 }, view, PAPER) };
  const shift = (grid(moved, PAPER, 1_000).xs[0]! - xs[0]! + 200) % 100;
  expect(Math.min(Math.abs(shift - 90), Math.abs(shift + 10))).toBeLessThan(0.5);
});
