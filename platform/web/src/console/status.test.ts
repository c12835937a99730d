// From states to what a dispatcher sees.

import { expect, test } from "vitest";

import type { AlarmRow, PaymentRow, VehicleRow } from "./model";
import { alarmTone, billStatus, deviceTone, isShownLate, meterTone, plateFits, running, span } from "./status";

const SECOND = 1_000_000;

const payment = (more: Partial<PaymentRow>): PaymentRow => ({
  bill: "1",
  plate: "苏E·X1234",
  total: "¥1.00",
  source: "meter",
  bill_state: "issued",
  payment_state: "none",
  out_trade_no: null,
  opened_at: 0,
  settled_at: null,
  shown_at: null,
  ...more,
});

const vehicle = (more: Partial<VehicleRow>): VehicleRow => ({
  id: "1",
  plate: "苏E·X1234",
  driver: null,
  device: "active",
  online: true,
  meter: "vacant",
  meter_stale: false,
  running_fare: null,
  seen_at: null,
  ...more,
});

test("green is money that arrived and nothing else", () => {
  const states = ["none", "created", "submitted", "awaiting_buyer", "unknown", "cancelling", "closed", "needs_person"] as const;
  for (const bill_state of ["issued", "ending", "paid_otherwise", "left_unpaid", "voided"] as const) {
    for (const payment_state of states) {
      expect(billStatus(payment({ bill_state, payment_state })).tone).not.toBe("good");
    }
  }
  expect(billStatus(payment({ bill_state: "paid", payment_state: "captured" }))).toEqual({ tone: "good", phrase: "paid" });
});

test("a payment that needs a person is red whatever its bill says", () => {
  for (const bill_state of ["issued", "paid", "ending"] as const) {
    expect(billStatus(payment({ bill_state, payment_state: "needs_person" })).tone).toBe("bad");
  }
});

test("a verdict that the car has not shown for ten seconds is late", () => {
  const row = payment({ bill_state: "paid", settled_at: 0 });
  expect(isShownLate(row, 9 * SECOND)).toBe(false);
  expect(isShownLate(row, 11 * SECOND)).toBe(true);
  expect(isShownLate({ ...row, shown_at: SECOND }, 60 * SECOND)).toBe(false);
});

test("an alarm turns from amber to red after ten minutes", () => {
  const alarm: AlarmRow = { id: "1", kind: "k", zh: "", en: "", plate: null, raised_at: 0 };
  expect(alarmTone(alarm, 599 * SECOND)).toBe("care");
  expect(alarmTone(alarm, 600 * SECOND)).toBe("bad");
});

test("links and meters that need a look stand out", () => {
  expect(deviceTone(vehicle({}))).toBe("fine");
  expect(deviceTone(vehicle({ online: false }))).toBe("care");
  expect(deviceTone(vehicle({ device: "suspended" }))).toBe("bad");
  expect(meterTone(vehicle({ meter: "hired", meter_stale: true }))).toBe("care");
  expect(meterTone(vehicle({ meter: "fault" }))).toBe("bad");
});

test("a plate is found without its dot, spaces and case", () => {
  expect(plateFits("苏E·X1234", "ex12")).toBe(true);
  expect(plateFits("苏E·X1234", "苏e x1")).toBe(true);
  expect(plateFits("苏E·X1234", "x9")).toBe(false);
  expect(plateFits(null, "x9")).toBe(false);
});

test("clocks and spans read well", () => {
  expect([0, 42, 727, 11_109].map((seconds) => running(seconds * SECOND))).toEqual(["0:00", "0:42", "12:07", "3:05:09"]);
  const units = ["s", "min", "h", "d"] as const;
  expect([0.4, 12, 200, 18_000, 200_000].map((seconds) => span(seconds * SECOND, units))).toEqual(["0.4 s", "12 s", "3 min", "5 h", "2 d"]);
});
