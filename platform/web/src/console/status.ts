// From states to what a dispatcher sees: one tone and one phrase for each row. Pure.

import type { AlarmRow, Instant, PaymentRow, VehicleRow } from "./model";

/** Green is money that arrived, red needs a person now, amber may soon, blue is under way, plain is as it should be. */
export type Tone = "good" | "bad" | "care" | "busy" | "fine" | "still";

export type BillPhrase =
  | "waiting"
  | "paying"
  | "asking"
  | "cancelling"
  | "person"
  | "failed"
  | "ending"
  | "paid"
  | "otherwise"
  | "unpaid"
  | "voided";

const MINUTE_US = 60_000_000;
const ALARM_RED_US = 10 * MINUTE_US;
const SHOWN_LATE_US = 10_000_000;

export function billStatus(row: PaymentRow): { tone: Tone; phrase: BillPhrase } {
  if (row.payment_state === "needs_person") return { tone: "bad", phrase: "person" };
  switch (row.bill_state) {
    case "paid":
      return { tone: "good", phrase: "paid" };
    case "paid_otherwise":
      return { tone: "still", phrase: "otherwise" };
    case "left_unpaid":
      return { tone: "bad", phrase: "unpaid" };
    case "voided":
      return { tone: "still", phrase: "voided" };
    case "ending":
      return { tone: "care", phrase: "ending" };
    case "issued":
      return issuedStatus(row);
  }
}

function issuedStatus(row: PaymentRow): { tone: Tone; phrase: BillPhrase } {
  switch (row.payment_state) {
    case "created":
    case "submitted":
    case "awaiting_buyer":
      return { tone: "busy", phrase: "paying" };
    case "unknown":
    case "captured":
      return { tone: "care", phrase: "asking" };
    case "cancelling":
      return { tone: "care", phrase: "cancelling" };
    case "closed":
      return { tone: "still", phrase: "failed" };
    default:
      return { tone: "still", phrase: "waiting" };
  }
}

export function isOpen(row: PaymentRow): boolean {
  return row.bill_state === "issued" || row.bill_state === "ending";
}

/** Whether a paid bill should have been on the car's screen by now. */
export function isShownLate(row: PaymentRow, now: Instant): boolean {
  return row.settled_at !== null && row.shown_at === null && now - row.settled_at > SHOWN_LATE_US;
}

export function deviceTone(row: VehicleRow): Tone {
  if (row.device === "suspended") return "bad";
  if (row.device === "none" || row.device === "revoked") return "still";
  return row.online ? "fine" : "care";
}

export function meterTone(row: VehicleRow): Tone {
  if (row.meter === "fault") return "bad";
  if (row.meter === "no_link" || row.meter_stale) return "care";
  return row.meter === "hired" || row.meter === "stopped" ? "busy" : "still";
}

export function alarmTone(row: AlarmRow, now: Instant): Tone {
  return now - row.raised_at >= ALARM_RED_US ? "bad" : "care";
}

/** A plate typed without spaces, dots or case. */
export function plateFits(plate: string | null, typed: string): boolean {
  const bare = (text: string): string => text.toUpperCase().replace(/[\s·.\-]/g, "");
  return typed === "" || (plate !== null && bare(plate).includes(bare(typed)));
}

/** A running clock: `0:42`, `12:07`, `3:05:09`. */
export function running(us: number): string {
  const seconds = Math.max(0, Math.floor(us / 1_000_000));
  const two = (part: number): string => String(part).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The names of seconds, minutes, hours and days. */
export type Units = readonly [string, string, string, string];

/** A short span: `0.4 s`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function span(us: number, [second, minute, hour, day]: Units): string {
  const seconds = Math.max(0, us / 1_000_000);
  if (seconds < 10) return `${seconds.toFixed(1)} ${second}`;
  if (seconds < 60) return `${Math.floor(seconds)} ${second}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${minute}`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} ${hour}` : `${Math.floor(seconds / 86_400)} ${day}`;
}

/** The time of day; with the day when it is another one. */
export function timeOfDay(at: Instant, now: Instant): string {
  const [then, today] = [new Date(at / 1000), new Date(now / 1000)];
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(then);
  if (then.toDateString() === today.toDateString()) return clock;
  return `${then.getMonth() + 1}-${String(then.getDate()).padStart(2, "0")} ${clock}`;
}
