// From reservations, offers and cars to what a dispatcher sees. Pure.

import type { CarRow, Instant, OfferRow, Place, ReservationRow } from "./model";
import type { Tone } from "./status";

const STALE_US = 60_000_000;
/** So many refusals that a person should look. */
const REFUSALS_RED = 3;

/** What a car must be able to carry, and from where. */
export type Wanted = Pick<ReservationRow, "id" | "seats" | "wheelchair" | "pickup">;

export function isOpenRide(row: ReservationRow): boolean {
  return ["scheduled", "waiting", "offered", "assigned"].includes(row.state);
}

/** Whether nobody drives to it yet, though its time has come. */
export function needsCar(row: ReservationRow): boolean {
  return row.state === "waiting" || row.state === "offered";
}

export function rideTone(row: ReservationRow): Tone {
  switch (row.state) {
    case "waiting":
      return row.refusals >= REFUSALS_RED ? "bad" : "care";
    case "offered":
      return "busy";
    case "assigned":
      return "fine";
    case "unserved":
      return "bad";
    case "no_show":
      return "care";
    default:
      return "still";
  }
}

export function offerTone(row: OfferRow): Tone {
  if (row.state === "accepted") return "fine";
  if (row.state === "declined" || row.state === "expired") return "care";
  return row.state === "withdrawn" ? "still" : "busy";
}

/** What a car is on the map: free, on its way, with a passenger, or not at work. */
export type CarLook = "free" | "offered" | "way" | "hired" | "off";

export function carLook(car: CarRow): CarLook {
  if (!car.online) return "off";
  if (car.trip !== null) return car.trip.state === "on_board" ? "hired" : "way";
  if (car.meter === "hired" || car.meter === "stopped") return "hired";
  if (car.offered !== null) return "offered";
  return car.duty === "on_shift" || car.duty === "go_home" ? "free" : "off";
}

/** Whether nobody knows any more where it is. */
export function isStale(car: CarRow, now: Instant): boolean {
  return car.placed_at === null || now - car.placed_at > STALE_US;
}

const EARTH_RADIUS_M = 6_371_008.8;

/** Great-circle metres. */
export function crowM(one: Place, other: Place): number {
  const rad = (degrees: number): number => (degrees * Math.PI) / 180;
  const halfLat = Math.sin(rad(one.lat - other.lat) / 2);
  const halfLng = Math.sin(rad(one.lng - other.lng) / 2);
  const chord = halfLat ** 2 + Math.cos(rad(one.lat)) * Math.cos(rad(other.lat)) * halfLng ** 2;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, chord)));
}

export interface Candidate {
  readonly car: CarRow;
  /** `null` if nobody knows where it is. */
  readonly awayM: number | null;
}

/** Free cars that the ride fits into, also those that are offered this very ride; the nearest first, those of an unknown place last. */
export function candidates(cars: readonly CarRow[], ride: Wanted, now: Instant): readonly Candidate[] {
  const free = (car: CarRow): boolean => car.free || (car.online && car.offered === ride.id && car.trip === null);
  const fit = cars.filter((car) => free(car) && car.seats >= ride.seats && (car.wheelchair || !ride.wheelchair));
  const away = (car: CarRow): number | null => (car.place === null || isStale(car, now) ? null : crowM(car.place, ride.pickup.place));
  return fit
    .map((car) => ({ car, awayM: away(car) }))
    .sort((a, b) => (a.awayM ?? Infinity) - (b.awayM ?? Infinity) || a.car.plate.localeCompare(b.car.plate));
}

/** `80 m`, `1.2 km`, `14 km`. */
export function distance(metres: number): string {
  if (metres < 995) return `${Math.round(metres / 10) * 10} m`;
  return `${(metres / 1000).toFixed(metres < 9_950 ? 1 : 0)} km`;
}

/** Two numbers, latitude first, however they are parted; what is no pair of numbers is `null`. Whether they are a place says the platform. */
export function typedPlace(text: string): Place | null {
  const parts = text.trim().split(/[\s,，;；]+/);
  if (parts.length !== 2 || !parts.every((part) => /^[-+]?\d+(\.\d+)?$/.test(part))) return null;
  const [lat, lng] = parts.map(Number) as [number, number];
  return { lat, lng };
}

export function writtenPlace({ lat, lng }: Place): string {
  return `${lat.toFixed(5)}, ${lng.toFixed(5)}`;
}

/** By the clocks of the fleet's town; with the day when it is another one. */
export function townTime(at: Instant, now: Instant, zone: string): string {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone, month: "2-digit", day: "2-digit", year: "numeric" });
  const clock = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const [then, today] = [new Date(at / 1000), new Date(now / 1000)];
  const time = clock.format(then);
  return day.format(then) === day.format(today) ? time : `${day.format(then).slice(5)} ${time}`;
}

/** A number of one's own for a booking, so that it is booked once however often it is sent. */
export function freshKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
