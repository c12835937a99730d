// A small map without tiles: places as points on paper, with a scale. Pure; drawn by FleetMap.svelte.

import type { Place } from "./model";

/** What of the earth is on the paper: its middle, and how many metres a unit of the paper is. */
export interface View {
  readonly middle: Place;
  readonly mPerUnit: number;
}

/** The paper, in units of its own. */
export interface Paper {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

const M_PER_DEGREE = (6_371_008.8 * Math.PI) / 180;
const WIDTH_M_MIN = 1_500;
/** So much wider than what must be on it the paper is, so that a car that moves does not move the map. */
const ROOM = 1.35;

function metresOf(place: Place, middle: Place): Point {
  return {
    x: (place.lng - middle.lng) * M_PER_DEGREE * Math.cos((middle.lat * Math.PI) / 180),
    y: (place.lat - middle.lat) * M_PER_DEGREE,
  };
}

export function project(place: Place, view: View, paper: Paper): Point {
  const metres = metresOf(place, view.middle);
  return { x: paper.width / 2 + metres.x / view.mPerUnit, y: paper.height / 2 - metres.y / view.mPerUnit };
}

export function unproject({ x, y }: Point, view: View, paper: Paper): Place {
  const [east, north] = [(x - paper.width / 2) * view.mPerUnit, (paper.height / 2 - y) * view.mPerUnit];
  const lat = view.middle.lat + north / M_PER_DEGREE;
  return { lat, lng: view.middle.lng + east / (M_PER_DEGREE * Math.cos((view.middle.lat * Math.PI) / 180)) };
}

/** A view with all of them on it. The one before is kept while they are on it and it is not far too wide. */
export function fit(places: readonly Place[], paper: Paper, before: View | null): View | null {
  if (places.length === 0) return before;
  const [lats, lngs] = [places.map((place) => place.lat), places.map((place) => place.lng)];
  const middle = { lat: (Math.min(...lats) + Math.max(...lats)) / 2, lng: (Math.min(...lngs) + Math.max(...lngs)) / 2 };
  const far = places.map((place) => metresOf(place, middle));
  const wide = Math.max(...far.map(({ x }) => (Math.abs(x) * 2) / paper.width), WIDTH_M_MIN / paper.width);
  const high = Math.max(...far.map(({ y }) => (Math.abs(y) * 2) / paper.height));
  const mPerUnit = Math.max(wide, high) * ROOM;
  if (before !== null && mPerUnit * 3 > before.mPerUnit) {
    const inside = ({ x, y }: Point): boolean => x >= 8 && y >= 8 && x <= paper.width - 8 && y <= paper.height - 8;
    if (places.every((place) => inside(project(place, before, paper)))) return before;
  }
  return { middle, mPerUnit };
}

/** A round number of metres that is at most `widthM`: 1, 2 or 5 with zeros. */
export function roundM(widthM: number): number {
  const power = 10 ** Math.floor(Math.log10(widthM));
  const step = [5, 2, 1].find((step) => step * power <= widthM) ?? 1;
  return step * power;
}

/** Where the lines of a grid of `stepM` metres lie, so that it stays with the ground when the view moves. */
export function grid(view: View, paper: Paper, stepM: number): { readonly xs: readonly number[]; readonly ys: readonly number[] } {
  const step = stepM / view.mPerUnit;
  const origin = project({ lat: Math.round(view.middle.lat), lng: Math.round(view.middle.lng) }, view, paper);
  const lines = (from: number, length: number): number[] => {
    const first = ((from % step) + step) % step;
    return Array.from({ length: Math.max(0, Math.ceil((length - first) / step)) }, (_, no) => first + no * step);
  };
  return { xs: lines(origin.x, paper.width), ys: lines(origin.y, paper.height) };
}
