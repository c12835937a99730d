// Boards as the platform would send them: a busy evening, a first day, and nobody signed in.

import { RESERVATIONS } from "./rides.mjs";

const NOW = Date.now() * 1000;
const ago = (seconds) => NOW - seconds * 1_000_000;

const car = (number, plate, driver, more = {}) => ({
  id: `0193a1f0-77aa-7000-8000-${String(number).padStart(12, "0")}`,
  plate,
  driver,
  device: "active",
  online: true,
  meter: "vacant",
  meter_stale: false,
  running_fare: null,
  seen_at: ago(3),
  ...more,
});

const vehicles = [
  car(1, "苏E·X1234", "王建国", { meter: "stopped" }),
  car(2, "苏E·X2071", "李秀英", { meter: "hired" }),
  car(3, "苏E·X3388", "陈伟", { meter: "hired", running_fare: "¥47.60" }),
  car(4, "苏E·X4102", "张敏"),
  car(5, "苏E·X5566", null, { meter: "signed_out" }),
  car(6, "苏E·X6120", "刘洋", { online: false, meter: "hired", meter_stale: true, seen_at: ago(410) }),
  car(7, "苏E·X7009", "赵磊", { meter: "no_link" }),
  car(8, "苏E·X8234", "孙丽", { device: "suspended", online: false, seen_at: ago(1900) }),
  car(9, "苏E·X9001", null, { device: "none", online: false, meter: "unknown", seen_at: null }),
  car(10, "苏E·XA310", "周强", { device: "revoked", online: false, meter: "unknown", seen_at: ago(90_000) }),
  car(11, "苏E·XB777", "吴芳", { meter: "fault" }),
];

const pay = (number, plate, total, opened, more = {}) => ({
  bill: `0193a1f0-88bb-7000-8000-${String(number).padStart(12, "0")}`,
  plate,
  total,
  source: "meter",
  bill_state: "issued",
  payment_state: "none",
  out_trade_no: null,
  opened_at: ago(opened),
  settled_at: null,
  shown_at: null,
  ...more,
});
const paid = (settled, shownMs) => ({
  bill_state: "paid",
  payment_state: "captured",
  settled_at: ago(settled),
  shown_at: shownMs === null ? null : ago(settled) + shownMs * 1000,
});
const no = (tail) => ({ out_trade_no: `FW20261120${tail}` });

const payments = [
  pay(1, "苏E·X1234", "¥23.40", 38, { payment_state: "awaiting_buyer", ...no("182407A1K9") }),
  pay(2, "苏E·XB777", "¥31.00", 95, { source: "keyed" }),
  pay(3, "苏E·X4102", "¥64.20", 150, { payment_state: "unknown", ...no("182215Q7ZM") }),
  pay(4, "苏E·X5566", "¥18.00", 610, { bill_state: "ending", payment_state: "cancelling", ...no("181435H2PD") }),
  pay(5, "苏E·X7009", "¥112.50", 1320, { payment_state: "needs_person", ...no("180200W4TS") }),
  pay(6, "苏E·X2071", "¥27.80", 900, { ...paid(870, 380), ...no("180911B8RE") }),
  pay(7, "苏E·X6120", "¥41.00", 460, { ...paid(430, null), ...no("181630N5VX") }),
  pay(8, "苏E·X3388", "¥15.60", 2400, { ...paid(2380, 240), ...no("174402L3CG") }),
  pay(9, "苏E·X4102", "¥52.00", 4100, { bill_state: "paid_otherwise", payment_state: "closed", settled_at: ago(4000), ...no("171540D6YJ") }),
  pay(10, "苏E·X8234", "¥33.20", 7200, { bill_state: "left_unpaid", settled_at: ago(7000) }),
];

const trips = [
  { id: "1", plate: "苏E·X3388", state: "on_board", started_at: ago(1130), ended_at: null },
  { id: "2", plate: "苏E·X2071", state: "on_board", started_at: ago(412), ended_at: null },
  { id: "3", plate: "苏E·X1234", state: "finished", started_at: ago(1500), ended_at: ago(40) },
  { id: "4", plate: "苏E·XB777", state: "finished", started_at: ago(960), ended_at: ago(97) },
];

const alarms = [
  { id: "1", kind: "payment_needs_person", plate: "苏E·X7009", raised_at: ago(1260), zh: "¥112.50 的付款结果支付宝一直没有给出。请登录支付宝商户后台查询该订单，再联系司机。", en: "Alipay never said what became of ¥112.50. Look the order up in Alipay's merchant portal, then call the driver." },
  { id: "2", kind: "device_cloned", plate: "苏E·X8234", raised_at: ago(520), zh: "车内设备的密钥被两处同时使用，设备已暂停。请联系司机核实后恢复或吊销。", en: "The unit's key was used in two places at once, so it is suspended. Call the driver, then reinstate or revoke it." },
  { id: "3", kind: "money_in_suspense", plate: null, raised_at: ago(75), zh: "收到 ¥8.00，但没有对应的账单。款项已记入待查账户，请核对。", en: "¥8.00 arrived that fits no bill. It is kept in suspense; please match it." },
];

/** By the name in the page's address. */
export const BOARDS = {
  busy: { fleet: "姑苏出租 Gusu Taxi", zone: "Asia/Shanghai", now: NOW, vehicles, trips, payments, alarms, reservations: RESERVATIONS },
  first_day: { fleet: "姑苏出租 Gusu Taxi", zone: "Asia/Shanghai", now: NOW, vehicles: [], trips: [], payments: [], alarms: [], reservations: [] },
};

/** Draws the console with `draw`. */
export async function drawConsole(draw, { desk, phone }) {
  const settled = (page) => page.waitForSelector("footer", { state: "attached" });
  const from = (board) => `/console?board=${board}`;
  for (const [language, locale] of [["zh", "zh-CN"], ["en", "en-GB"]]) {
    for (const scheme of ["light", "dark"]) {
      await draw(`console-board-${language}-${scheme}`, from("busy"), { viewport: desk, scheme, locale, act: settled });
    }
    await draw(`console-first_day-${language}`, from("first_day"), { viewport: desk, locale, act: settled });
    await draw(`console-sign_in-${language}`, from("nobody"), {
      viewport: desk,
      locale,
      expected: ["401"],
      act: (page) => page.waitForSelector("form"),
    });
    await draw(`console-code-${language}`, from("busy"), {
      viewport: desk,
      locale,
      full: false,
      act: async (page) => {
        await settled(page);
        await page.keyboard.press("n");
        await page.fill("dialog input >> nth=0", "苏E·X9999");
        await page.keyboard.press("Enter");
        await page.waitForSelector("dialog .code");
      },
    });
    await draw(`console-revoke-${language}`, from("busy"), {
      viewport: desk,
      locale,
      full: false,
      act: async (page) => {
        await settled(page);
        await page.click("td.acts button.plain >> nth=0");
        await page.waitForSelector("dialog .danger");
      },
    });
  }
  await draw("console-board-zh-phone", from("busy"), { viewport: phone, locale: "zh-CN", act: settled });
}
