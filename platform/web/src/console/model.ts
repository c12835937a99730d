// What the platform tells the console: the JSON of `platform/server/src/console/ports.rs`. Instants are UTC microseconds.

export type Instant = number;

export interface VehicleRow {
  readonly id: string;
  readonly plate: string;
  readonly driver: string | null;
  readonly device: "none" | "active" | "suspended" | "revoked";
  readonly online: boolean;
  readonly meter: "no_link" | "signed_out" | "vacant" | "hired" | "stopped" | "fault" | "unknown";
  readonly meter_stale: boolean;
  readonly running_fare: string | null;
  readonly seen_at: Instant | null;
}

export interface TripRow {
  readonly id: string;
  readonly plate: string;
  readonly state: "on_board" | "finished";
  readonly started_at: Instant;
  readonly ended_at: Instant | null;
}

export interface PaymentRow {
  readonly bill: string;
  readonly plate: string;
  readonly total: string;
  readonly source: "meter" | "keyed";
  readonly bill_state: "issued" | "ending" | "paid" | "paid_otherwise" | "left_unpaid" | "voided";
  readonly payment_state:
    | "none"
    | "created"
    | "submitted"
    | "awaiting_buyer"
    | "unknown"
    | "cancelling"
    | "captured"
    | "closed"
    | "needs_person";
  readonly out_trade_no: string | null;
  readonly opened_at: Instant;
  readonly settled_at: Instant | null;
  readonly shown_at: Instant | null;
}

export interface AlarmRow {
  readonly id: string;
  readonly kind: string;
  readonly zh: string;
  readonly en: string;
  readonly plate: string | null;
  readonly raised_at: Instant;
}

export interface Board {
  readonly fleet: string;
  readonly now: Instant;
  readonly vehicles: readonly VehicleRow[];
  readonly trips: readonly TripRow[];
  readonly payments: readonly PaymentRow[];
  readonly alarms: readonly AlarmRow[];
}

export interface Me {
  readonly name: string;
}
