// Reservations and cars for the console's pictures, and what a dispatcher does with them by keyboard.

import assert from "node:assert/strict";

const NOW = Date.now() * 1000;
const ago = (seconds) => NOW - seconds * 1_000_000;
const id = (number) => `0193a1f0-99cc-7000-8000-${String(number).padStart(12, "0")}`;
const at = (east, north) => ({ lat: 31.33 + north / 111.2, lng: 120.607 + east / 95 });

const ride = (number, state, words, east, north, requested, more = {}) => ({
  id: id(number),
  state,
  pickup: { place: at(east, north), words },
  dropoff: null,
  pickup_at: null,
  passenger: "",
  contact: `…${String(1000 + number * 37)}`,
  note: "",
  seats: 1,
  class: null,
  wheelchair: false,
  requested_at: ago(requested),
  due_at: null,
  refusals: 0,
  plate: null,
  trip: null,
  ended: null,
  ...more,
});
const to = (words, east, north) => ({ dropoff: { place: at(east, north), words } });

export const RESERVATIONS = [
  ride(1, "waiting", "苏州站北广场", 0, 0, 214, { passenger: "李女士", refusals: 3, due_at: ago(-686), ...to("金鸡湖", 6, -2), note: "两件大行李" }),
  ride(2, "waiting", "观前街 18 号", 1.2, -1.9, 31, { passenger: "Mr Brown", due_at: ago(-869), seats: 2, ...to("Suzhou Museum", 0.9, -0.8) }),
  ride(3, "offered", "平江路南口", 1.9, -1.4, 12, { passenger: "陈先生", due_at: ago(-888) }),
  ride(4, "assigned", "独墅湖医院", 5.1, -4.2, 420, { passenger: "吴奶奶", wheelchair: true, plate: "苏E·X4102", trip: "en_route" }),
  ride(5, "assigned", "圆融时代广场", 6.2, -0.4, 980, { passenger: "周先生", plate: "苏E·X1234", trip: "on_board", ...to("苏州站", 0, 0) }),
  ride(6, "scheduled", "狮山路 28 号", -4.3, -1.8, 5_400, { passenger: "孙女士", pickup_at: ago(-9_000), due_at: ago(-8_100), ...to("苏州北站", 1.1, 13) }),
  ride(7, "completed", "拙政园", 1.3, -0.5, 3_700, { passenger: "赵先生", plate: "苏E·X2071", trip: "finished" }),
  ride(8, "cancelled", "石路", -1.4, -1.6, 4_100, { passenger: "钱女士", ended: { by: "passenger", reason: "plans changed" } }),
  ride(9, "unserved", "太湖大道", -9, -3, 6_100, { passenger: "何先生", ended: { by: "platform", reason: "no car was found in time" } }),
];

const car = (number, plate, east, north, more = {}) => ({
  id: `0193a1f0-77aa-7000-8000-${String(number).padStart(12, "0")}`,
  plate,
  driver: null,
  place: at(east, north),
  placed_at: ago(2),
  heading_deg: null,
  online: true,
  duty: "on_shift",
  meter: "vacant",
  seats: 4,
  class: 0,
  wheelchair: false,
  offered: null,
  trip: null,
  free: true,
  ...more,
});

export const CARS = [
  car(1, "苏E·X1234", 3.1, -0.9, { heading_deg: 275, meter: "hired", free: false, trip: { id: "t1", state: "on_board", reservation: id(5) } }),
  car(2, "苏E·X2071", 0.7, 0.5, { heading_deg: 30 }),
  car(3, "苏E·X3388", -2.4, -2.2, { meter: "hired", free: false, trip: { id: "t2", state: "on_board", reservation: null } }),
  car(4, "苏E·X4102", 4.1, -3.1, { heading_deg: 140, free: false, wheelchair: true, trip: { id: "t3", state: "en_route", reservation: id(4) } }),
  car(5, "苏E·X5566", 2.3, -1.1, { free: false, offered: id(3) }),
  car(6, "苏E·X6120", -3.6, 0.9, { placed_at: ago(410), free: false, online: false }),
  car(7, "苏E·X7009", 2.6, 1.7, { duty: "paused", free: false }),
  car(11, "苏E·XB777", -1.1, -0.6, { seats: 6 }),
];

const offer = (number, plate, state, sent, words, more = {}) => ({
  id: `0193a1f0-aadd-7000-8000-${String(number).padStart(12, "0")}`,
  state,
  plate,
  pickup_m: 1_420,
  pickup_s: 250,
  sent_at: ago(sent),
  expires_at: ago(sent - 20),
  ended_at: ago(sent - 20),
  ...words,
  ...more,
});

const OFFERS = [
  offer(3, "苏E·X5566", "expired", 70, {
    zh: "苏E·X5566 到上车点约 7 分钟。因多位司机未接，此单同时派给了几辆车，先接者得。没有更近的合适空车。",
    en: "苏E·X5566 is 7 min away. Several drivers had not taken the ride, so it was offered to several cars at once; the first to take it has it. No free car that fits was nearer.",
  }, { pickup_m: 2_700, pickup_s: 410 }),
  offer(2, "苏E·XB777", "declined", 130, {
    zh: "苏E·XB777 到上车点约 4 分钟。苏E·X2071 近 80 秒，但它去接“观前街 18 号”的乘客，可为其他人省 3 分钟。",
    en: "苏E·XB777 is 4 min away. 苏E·X2071 is nearer by 80 s, but it saves the others 3 min where it goes (the passenger at 观前街 18 号).",
  }),
  offer(1, "苏E·X2071", "declined", 190, {
    zh: "苏E·X2071 到上车点约 2 分钟。没有更近的合适空车。",
    en: "苏E·X2071 is 2 min away. No free car that fits was nearer.",
  }, { pickup_m: 860, pickup_s: 130 }),
];

/** The host's answers to calls about rides, by path; remembers what it was told. */
export class Desk {
  told = [];
  /** When a page was last sent the board, whose clock says NOW. */
  shownAt = 0;

  answer(path, body) {
    const [, , , what, ride, action] = path.split("/");
    if (what === "cars") return [200, CARS];
    if (what !== "reservations") return null;
    if (ride === undefined) {
      this.told.push(["book", body]);
      return [201, { id: id(99) }];
    }
    if (action === undefined) return [200, { ...RESERVATIONS.find((row) => row.id === ride), offers: ride === id(1) ? OFFERS : [], undo_until: null }];
    this.told.push([action, body]);
    if (action === "assign") return [200, { undo_until: NOW + (Date.now() - this.shownAt) * 1000 + 10_000_000 }];
    return [204, null];
  }
}

/** Draws what a dispatcher does with rides, by keyboard alone where a picture says so. */
export async function drawRides(draw, desk, viewport) {
  const settled = (page) => page.waitForSelector("footer", { state: "attached" });
  for (const [language, locale] of [["zh", "zh-CN"], ["en", "en-GB"]]) {
    await draw(`console-book-${language}`, "/console?board=busy", {
      viewport,
      locale,
      full: false,
      act: async (page) => {
        await settled(page);
        await page.keyboard.press("b");
        await page.waitForSelector("dialog svg");
        await page.click("dialog svg", { position: { x: 150, y: 140 } });
        assert.match(await page.inputValue("dialog input >> nth=2"), /^31\.\d{5}, 120\.\d{5}$/, "a click on the map is a place");
      },
    });
    await draw(`console-ride-${language}`, "/console?board=busy", {
      viewport,
      locale,
      full: false,
      act: async (page) => {
        await settled(page);
        await page.click("section button:has-text('Open'), section button:has-text('查看')");
        await page.waitForSelector("dialog ol li");
        await page.waitForSelector("dialog ul li");
      },
    });
  }
  await draw("console-undo-en", "/console?board=busy", {
    viewport,
    full: false,
    act: async (page) => {
      await settled(page);
      await bookByKeyboard(page, desk);
      await giveByKeyboard(page, desk);
    },
  });
}

async function bookByKeyboard(page, desk) {
  desk.told.length = 0;
  await page.keyboard.press("b");
  await page.waitForSelector("dialog form");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.keyboard.press("b");
  await page.waitForSelector("dialog form");
  // The dialog's first field has the focus; Tab reaches every other one in order.
  const typed = ["+86 138 0000 0001", "李女士", "31.33, 120.607", "苏州站北广场", "31.31 120.67", "金鸡湖"];
  for (const [no, text] of typed.entries()) {
    if (no > 0) await page.keyboard.press("Tab");
    await page.keyboard.type(text);
  }
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog", { state: "detached" });
  const [[what, { key, ...booked }]] = desk.told;
  assert.equal(what, "book");
  assert.match(key, /^[0-9a-f]{32}$/);
  assert.deepEqual(booked, {
    pickup: { lat: 31.33, lng: 120.607, words: "苏州站北广场" },
    dropoff: { lat: 31.31, lng: 120.67, words: "金鸡湖" },
    pickup_local: null,
    passenger: "李女士",
    phone: "+86 138 0000 0001",
    note: "",
    seats: 1,
    class: null,
    wheelchair: false,
    quote: null,
  });
}

async function giveByKeyboard(page, desk) {
  await page.focus("section button:has-text('Open')");
  await page.keyboard.press("Enter");
  await page.waitForSelector("dialog ul button");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Close", "a key held down gives a ride away");
  // The nearest free car comes first.
  const nearest = page.locator("dialog ul button").first();
  assert.match(await nearest.textContent(), /苏E·X2071\s+860 m/);
  await nearest.focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".bar:has-text('苏E·X2071 has the ride.')");
  await page.click(".bar button");
  await page.waitForSelector(".bar", { state: "detached" });
  assert.deepEqual(desk.told.slice(1), [["assign", { vehicle: CARS[1].id }], ["unassign", {}]]);
  // Once more, for the picture.
  await page.focus("section button:has-text('Open')");
  await page.keyboard.press("Enter");
  await page.locator("dialog ul button").first().click();
  await page.waitForSelector(".bar");
}
