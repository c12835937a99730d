// One drawing for each view. They show what the platform says and call back when the passenger does something.

import { type Child, button, drawing, element } from "./element";
import { type ServerClock, play } from "./proof";
import type { Bill, Language, Message, PageState } from "./state";
import { WORDS } from "./words";

/** What a view draws from. */
export interface Drawn {
  readonly state: PageState;
  readonly language: Language;
  /** What is being done right now; buttons rest meanwhile. */
  readonly busy: "pay" | "take-over" | "screen-code" | "choose" | null;
  /** Said to this passenger on this phone. */
  readonly notice: Message | null;
  readonly now: ServerClock;
}

/** What the passenger can do. */
export interface Acts {
  pay(bill: Bill): void;
  takeOver(bill: Bill): void;
  screenCode(digits: string): void;
  choose(bill: Bill): void;
}

/** A view: its headline, which is also read aloud, and what to draw. */
export interface Drawing {
  readonly headline: string;
  readonly nodes: readonly Child[];
}

const amount = (bill: Bill): string => `${bill.symbol}${bill.total}`;

const CLOCK: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const DAY_AND_CLOCK: Intl.DateTimeFormatOptions = { ...CLOCK, year: "numeric", month: "short", day: "numeric", second: "2-digit" };

/** A time of the fleet's zone: a receipt says the same wherever the phone is from. */
function time(atMs: number, { state, language }: Drawn, shape: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { ...shape, timeZone: state.zone }).format(atMs);
}

export function draw(drawn: Drawn, acts: Acts): Drawing {
  switch (drawn.state.view) {
    case "enter_code":
      return enterCode(drawn, acts);
    case "trip_running":
      return running(drawn);
    case "choose_bill":
      return choose(drawn, acts);
    case "bill":
      return open(drawn, acts);
    case "another_phone":
      return anotherPhone(drawn, acts);
    case "checking":
      return checking(drawn);
    case "paid":
      return paid(drawn);
    case "not_paid":
      return notPaid(drawn, acts);
    case "no_trip":
    case "paid_by_another":
    case "ended":
    case "outdated":
      return plain(drawn, drawn.state.view);
  }
}

function car({ state, language }: Drawn): Child {
  if (state.plate === "") return null;
  const driver = state.driver === null ? null : element("span", { class: "driver" }, WORDS[language].driver(state.driver));
  return element("p", { class: "car" }, element("span", { class: "plate" }, state.plate), driver);
}

/** What went wrong, if anything; said aloud at once. */
function said({ state, notice, language }: Drawn): Child {
  const message = notice ?? state.message;
  return message === null ? null : element("p", { class: "said", role: "alert" }, message[language]);
}

function total(bill: Bill): HTMLElement {
  const long = amount(bill).length > 7;
  return element("p", { class: long ? "total long" : "total" }, element("span", { class: "symbol" }, bill.symbol), bill.total);
}

function lines(bill: Bill, language: Language): Child {
  if (bill.lines.length < 2) return null;
  const rows = bill.lines.map((line) =>
    element("div", {}, element("dt", {}, WORDS[language].lines[line.kind] ?? line.kind), element("dd", {}, `${bill.symbol}${line.amount}`)),
  );
  return element("dl", { class: "rows" }, ...rows);
}

function fare(drawn: Drawn, bill: Bill): Child {
  const words = WORDS[drawn.language];
  const keyed = bill.source === "keyed";
  return element(
    "section",
    { class: "card fare" },
    car(drawn),
    element("h1", {}, words.fare),
    total(bill),
    lines(bill, drawn.language),
    element("p", { class: keyed ? "source keyed" : "source" }, drawing(keyed ? "pen" : "lock"), keyed ? words.keyed : words.metered),
  );
}

function big(label: string, busy: boolean, anyBusy: boolean, press: () => void): HTMLElement {
  const made = button(busy ? "button busy" : "button", label, press, anyBusy);
  return element("div", { class: "foot" }, made);
}

function open(drawn: Drawn, acts: Acts): Drawing {
  const words = WORDS[drawn.language];
  const { bill } = drawn.state;
  if (bill === null) return checking(drawn);
  const busy = drawn.busy === "pay";
  return {
    headline: `${words.fare} ${amount(bill)}`,
    nodes: [
      fare(drawn, bill),
      said(drawn),
      big(busy ? words.opening : words.pay(amount(bill)), busy, drawn.busy !== null, () => acts.pay(bill)),
    ],
  };
}

function notPaid(drawn: Drawn, acts: Acts): Drawing {
  const words = WORDS[drawn.language];
  const { bill } = drawn.state;
  if (bill === null) return checking(drawn);
  const busy = drawn.busy === "pay";
  const why = (drawn.notice ?? drawn.state.message)?.[drawn.language] ?? words.notPaidWhy;
  return {
    headline: words.notPaidTitle,
    nodes: [
      element("section", { class: "verdict no", role: "alert" }, drawing("cross"), element("h1", {}, words.notPaidTitle), element("p", {}, why)),
      fare(drawn, bill),
      big(busy ? words.opening : words.pay(amount(bill)), busy, drawn.busy !== null, () => acts.pay(bill)),
    ],
  };
}

function anotherPhone(drawn: Drawn, acts: Acts): Drawing {
  const words = WORDS[drawn.language];
  const { bill } = drawn.state;
  const busy = drawn.busy === "take-over";
  return {
    headline: words.anotherTitle,
    nodes: [
      calm(drawn, "phone", words.anotherTitle, words.anotherWhy, true),
      said(drawn),
      bill === null
        ? null
        : big(busy ? words.takingOver : words.takeOver(amount(bill)), busy, drawn.busy !== null, () => acts.takeOver(bill)),
    ],
  };
}

function checking(drawn: Drawn): Drawing {
  const words = WORDS[drawn.language];
  return {
    headline: words.checkingTitle,
    nodes: [calm(drawn, "clock", words.checkingTitle, words.checkingWhy, true), said(drawn)],
  };
}

function running(drawn: Drawn): Drawing {
  const words = WORDS[drawn.language];
  const fareNow = drawn.state.running_fare;
  return {
    headline: words.runningTitle,
    nodes: [
      element(
        "section",
        { class: "card calm" },
        car(drawn),
        element("p", { class: "running" }, element("span", { class: "dot", "aria-hidden": "true" }), words.runningTitle),
        fareNow === null ? null : element("p", { class: "now" }, words.runningFare, element("strong", {}, fareNow)),
        element("p", { class: "why" }, words.runningWhy),
      ),
      said(drawn),
    ],
  };
}

function calm(drawn: Drawn, icon: Parameters<typeof drawing>[0], title: string, why: string, waiting: boolean): Child {
  return element(
    "section",
    { class: "card calm" },
    car(drawn),
    element("div", { class: waiting ? "sign waiting" : "sign" }, drawing(icon)),
    element("h1", {}, title),
    element("p", { class: "why" }, why),
  );
}

function plain(drawn: Drawn, view: "no_trip" | "paid_by_another" | "ended" | "outdated"): Drawing {
  const words = WORDS[drawn.language];
  const [icon, title, why] = {
    no_trip: ["car", words.noTripTitle, words.noTripWhy],
    paid_by_another: ["tick", words.paidByAnotherTitle, words.paidByAnotherWhy],
    ended: ["tick", words.endedTitle, words.endedWhy],
    outdated: ["scan", words.outdatedTitle, words.outdatedWhy],
  }[view] as ["car" | "tick" | "scan", string, string];
  return { headline: title, nodes: [calm(drawn, icon, title, why, false), said(drawn)] };
}

function enterCode(drawn: Drawn, acts: Acts): Drawing {
  const words = WORDS[drawn.language];
  const digits = element("input", {
    id: "digits",
    class: "digits",
    inputmode: "numeric",
    pattern: "[0-9]{3}",
    maxlength: "3",
    autocomplete: "one-time-code",
    placeholder: "000",
    required: true,
    "aria-invalid": drawn.notice !== null ? "true" : "false",
  });
  const next = element("button", { type: "submit", class: "button", disabled: drawn.busy !== null }, words.next);
  const form = element(
    "form",
    { class: "card calm" },
    element("h1", {}, words.enterCodeTitle),
    element("label", { for: "digits", class: "hidden" }, words.enterCodeLabel),
    digits,
    said(drawn),
    element("p", { class: "why" }, words.enterCodeWhy),
    next,
  );
  const send = (): void => {
    if (/^[0-9]{3}$/.test(digits.value)) acts.screenCode(digits.value);
  };
  digits.addEventListener("input", () => {
    digits.value = digits.value.replace(/[^0-9]/g, "");
    send();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  return { headline: words.enterCodeTitle, nodes: [form] };
}

function choose(drawn: Drawn, acts: Acts): Drawing {
  const words = WORDS[drawn.language];
  const choices = drawn.state.bills.map((bill) => {
    const label = element(
      "span",
      {},
      element("strong", {}, amount(bill)),
      element("small", {}, words.openedAt(time(bill.opened_at_ms, drawn, CLOCK))),
      bill.source === "keyed" ? element("small", {}, words.keyedShort) : null,
    );
    return element("li", {}, button("choice", label, () => acts.choose(bill), drawn.busy !== null));
  });
  return {
    headline: words.chooseTitle,
    nodes: [
      element(
        "section",
        { class: "card calm" },
        car(drawn),
        element("h1", {}, words.chooseTitle),
        element("p", { class: "why" }, words.chooseWhy),
      ),
      said(drawn),
      element("ul", { class: "choices" }, ...choices),
    ],
  };
}

function paid(drawn: Drawn): Drawing {
  const words = WORDS[drawn.language];
  const { bill, receipt } = drawn.state;
  if (bill === null || receipt === null) return checking(drawn);
  const canvas = element("canvas", { "aria-hidden": "true" });
  const clock = element("p", { class: "clock", "aria-hidden": "true" });
  play(canvas, clock, receipt.scene_seed, drawn.state.zone, drawn.now);
  const row = (name: string, value: string): HTMLElement =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value));
  return {
    headline: `${words.paidWord} ${amount(bill)}`,
    nodes: [
      element(
        "section",
        { class: "proof" },
        canvas,
        element("div", { class: "tick" }, drawing("tick")),
        element("h1", {}, words.paidWord),
        total(bill),
        clock,
        element("p", { class: "who" }, element("span", { class: "plate" }, drawn.state.plate), `${words.payer} ${receipt.payer_tail}`),
      ),
      element("p", { class: "aside" }, words.paidWhy),
      said(drawn),
      element(
        "section",
        { class: "card receipt" },
        element("h2", {}, words.receipt),
        lines(bill, drawn.language),
        element(
          "dl",
          { class: "rows" },
          row(words.total, `${amount(bill)} ${bill.currency}`),
          row(words.paidAt, time(receipt.paid_at_ms, drawn, DAY_AND_CLOCK)),
          row(words.source, bill.source === "keyed" ? words.sourceKeyed : words.sourceMeter),
          row(words.tradeNo, receipt.trade_no_tail),
          row(words.billNo, `${bill.id.slice(-8)} · ${bill.version}`),
          row(words.plate, drawn.state.plate),
          row(words.fleet, drawn.state.fleet),
        ),
        receipt.link === null ? null : element("a", { class: "keep", href: receipt.link }, words.receiptLink),
      ),
    ],
  };
}
