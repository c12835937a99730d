// What the platform tells the console: the JSON of `platform/server/src/console/ports.rs` and `ride_ports.rs`. Instants are UTC microseconds.

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

export type TripState = "assigned" | "en_route" | "arrived" | "on_board" | "finished" | "cancelled" | "no_show";

export interface TripRow {
  readonly id: string;
  readonly plate: string;
  readonly state: TripState;
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

/** WGS-84 degrees. */
export interface Place {
  readonly lat: number;
  readonly lng: number;
}

export interface Stop {
  readonly place: Place;
  readonly words: string;
}

export interface ReservationRow {
  readonly id: string;
  readonly state: "scheduled" | "waiting" | "offered" | "assigned" | "completed" | "cancelled" | "no_show" | "unserved";
  readonly pickup: Stop;
  readonly dropoff: Stop | null;
  readonly pickup_at: Instant | null;
  readonly passenger: string;
  readonly contact: string;
  readonly note: string;
  readonly seats: number;
  readonly class: number | null;
  readonly wheelchair: boolean;
  readonly requested_at: Instant;
  readonly due_at: Instant | null;
  readonly refusals: number;
  readonly plate: string | null;
  readonly trip: TripState | null;
  readonly ended: { readonly by: "passenger" | "driver" | "dispatcher" | "meter" | "platform"; readonly reason: string } | null;
}

export interface OfferRow {
  readonly id: string;
  readonly state: "sent" | "received" | "accepted" | "declined" | "expired" | "withdrawn";
  readonly plate: string;
  readonly pickup_m: number;
  readonly pickup_s: number;
  readonly sent_at: Instant;
  readonly expires_at: Instant;
  readonly ended_at: Instant | null;
  readonly zh: string;
  readonly en: string;
}

export interface ReservationDetail extends ReservationRow {
  readonly offers: readonly OfferRow[];
  readonly undo_until: Instant | null;
}

export interface QuoteRow {
  readonly id: string;
  readonly total: string;
  readonly fixed: boolean;
  readonly road_m: number;
  readonly road_s: number;
  readonly lines: readonly { readonly zh: string; readonly en: string; readonly amount: string }[];
}

export interface CarRow {
  readonly id: string;
  readonly plate: string;
  readonly driver: string | null;
  readonly place: Place | null;
  readonly placed_at: Instant | null;
  readonly heading_deg: number | null;
  readonly online: boolean;
  readonly duty: "off_shift" | "on_shift" | "paused" | "last_job" | "go_home";
  readonly meter: VehicleRow["meter"];
  readonly seats: number;
  readonly wheelchair: boolean;
  readonly offered: string | null;
  readonly trip: { readonly id: string; readonly state: "assigned" | "en_route" | "arrived" | "on_board"; readonly reservation: string | null } | null;
  readonly free: boolean;
}

export interface Board {
  readonly fleet: string;
  readonly zone: string;
  readonly now: Instant;
  readonly vehicles: readonly VehicleRow[];
  readonly trips: readonly TripRow[];
  readonly payments: readonly PaymentRow[];
  readonly alarms: readonly AlarmRow[];
  readonly reservations: readonly ReservationRow[];
}

export interface Me {
  readonly name: string;
}
