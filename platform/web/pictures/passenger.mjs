// Every face of the passenger's page, as the platform would send it.

const NOW = Date.parse("2026-11-20T10:24:07.300Z");

const bill = (more = {}) => ({
  id: "0193a1f0-77aa-7000-8000-00005e51b2c4",
  version: 1,
  lines: [{ kind: "fare", amount: "23.40" }],
  total: "23.40",
  currency: "CNY",
  symbol: "¥",
  source: "meter",
  opened_at_ms: NOW - 40_000,
  ...more,
});

const withToll = bill({
  lines: [
    { kind: "fare", amount: "123.40" },
    { kind: "toll", amount: "15.00" },
    { kind: "parking", amount: "8.00" },
  ],
  total: "146.40",
});

const receipt = {
  paid_at_ms: NOW - 3_000,
  trade_no_tail: "04931",
  payer_tail: "0652",
  scene_seed: "5a0102030405060708090a0b0c0d0e0f",
  link: "/p/page/RECEIPT",
};

const state = (view, more = {}) => ({
  view,
  plate: "苏E·X1234",
  driver: "王建国",
  fleet: "姑苏出租 Gusu Taxi",
  running_fare: null,
  bill: null,
  bills: [],
  receipt: null,
  message: null,
  zone: "Asia/Shanghai",
  server_now_ms: NOW,
  ...more,
});

/** By the name of its picture. */
export const FACES = {
  enter_code: state("enter_code", { plate: "", driver: null }),
  no_trip: state("no_trip", { driver: null }),
  trip_running: state("trip_running"),
  trip_running_fare: state("trip_running", { running_fare: "฿ 87.00", plate: "TX·2345", driver: "Somchai" }),
  choose_bill: state("choose_bill", {
    bills: [bill(), bill({ id: "2", total: "146.40", opened_at_ms: NOW - 2_400_000 }), bill({ id: "3", total: "31.00", source: "keyed", opened_at_ms: NOW - 5_000_000 })],
  }),
  bill: state("bill", { bill: bill() }),
  bill_extras: state("bill", { bill: withToll }),
  bill_keyed: state("bill", { bill: bill({ source: "keyed", total: "1411.19", symbol: "CN¥" }) }),
  another_phone: state("another_phone", { bill: bill() }),
  checking: state("checking", { bill: bill() }),
  paid: state("paid", { bill: bill(), receipt }),
  paid_keyed: state("paid", { bill: { ...withToll, source: "keyed" }, receipt: { ...receipt, scene_seed: "ff".repeat(16) } }),
  not_paid: state("not_paid", {
    bill: bill(),
    message: { zh: "支付宝显示您取消了付款，没有扣款。可以再付一次。", en: "Alipay says that you cancelled. Nothing was charged; you can pay again." },
  }),
  paid_by_another: state("paid_by_another"),
  ended: state("ended"),
  outdated: state("outdated"),
};
