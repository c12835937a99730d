// What the platform tells the page: the JSON of `platform/server/src/passenger/ports.rs` and `api.rs`.

export type View =
  | "enter_code"
  | "no_trip"
  | "trip_running"
  | "choose_bill"
  | "bill"
  | "another_phone"
  | "checking"
  | "paid"
  | "not_paid"
  | "paid_by_another"
  | "ended"
  | "outdated";

export type Language = "zh" | "en";

/** A sentence in both languages. */
export type Message = Readonly<Record<Language, string>>;

export interface Line {
  readonly kind: string;
  readonly amount: string;
}

export interface Bill {
  readonly id: string;
  readonly version: number;
  readonly lines: readonly Line[];
  readonly total: string;
  readonly currency: string;
  readonly symbol: string;
  readonly source: string;
  readonly opened_at_ms: number;
}

export interface Receipt {
  readonly paid_at_ms: number;
  readonly trade_no_tail: string;
  readonly payer_tail: string;
  readonly scene_seed: string;
  readonly link: string | null;
}

export interface PageState {
  readonly view: View;
  readonly plate: string;
  readonly driver: string | null;
  readonly fleet: string;
  readonly zone: string;
  readonly running_fare: string | null;
  readonly bill: Bill | null;
  readonly bills: readonly Bill[];
  readonly receipt: Receipt | null;
  readonly message: Message | null;
  readonly server_now_ms: number;
}

/** The answer to everything that the passenger does. */
export interface Reply {
  readonly token?: string;
  readonly state?: PageState;
  readonly trade_no?: string;
  readonly message?: Message;
}
