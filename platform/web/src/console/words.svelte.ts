// Every word of the console, in both languages, and the language chosen on this computer.

import { RIDES_EN, RIDES_ZH } from "./ridewords";
import type { Units } from "./status";

const EN = {
  switchTo: "中文",
  product: "Fareway",
  console: "Dispatcher's console",
  name: "Name",
  password: "Password",
  signIn: "Sign in",
  signingIn: "Signing in…",
  signOut: "Sign out",
  live: "Live",
  reconnecting: "Reconnecting… showing",
  search: "Find a plate",
  cars: "Cars online",
  hired: "On a trip",
  open: "Bills open",
  person: "Need a person",
  inbox: "Needs a person",
  inboxEmpty: "Nothing needs a person. Alarms appear here by themselves, with a clock.",
  clear: "Done",
  vehicles: "Cars",
  addVehicle: "Add a car",
  vehiclesEmpty: "No cars yet. Add the first one, then enter its enrolment code in the car.",
  plate: "Plate",
  driver: "Driver",
  noDriver: "no driver",
  driverOptional: "Driver (optional)",
  link: "Link",
  meter: "Meter",
  online: "online",
  offline: "offline",
  offlineFor: (age: string) => `offline ${age}`,
  device: { none: "not enrolled", active: "active", suspended: "suspended", revoked: "revoked" },
  meters: {
    no_link: "no meter link",
    signed_out: "signed out",
    vacant: "vacant",
    hired: "hired",
    stopped: "stopped",
    fault: "fault",
    unknown: "not reported yet",
  },
  stale: "silent",
  code: "Enrolment code",
  revoke: "Revoke",
  reinstate: "Reinstate",
  trips: "Trips",
  tripsEmpty: "No trips yet. A trip appears when a meter goes to hired.",
  payments: "Payments",
  paymentsEmpty: "No bills yet. A bill appears when a meter stops.",
  amount: "Amount",
  state: "State",
  inCar: "In the car",
  opened: "Opened",
  keyed: "keyed",
  number: "Our number",
  bill: {
    waiting: "waiting for a scan",
    paying: "passenger is paying",
    asking: "asking Alipay",
    cancelling: "cancelling",
    person: "needs a person",
    failed: "last attempt failed",
    ending: "driver is ending it",
    paid: "paid",
    otherwise: "paid otherwise",
    unpaid: "left unpaid",
    voided: "voided",
  },
  shownAfter: (span: string) => `shown after ${span}`,
  notShown: "not shown yet",
  noMatch: (plate: string) => `No plate contains “${plate}”.`,
  addTitle: "Add a car",
  addWhy: "After this you get a code that enrols the unit in the car.",
  add: "Add",
  cancel: "Cancel",
  close: "Close",
  codeTitle: (plate: string) => `Enrolment code for ${plate}`,
  codeWhy: "Type it in the car within 30 minutes. It works once and is not shown again; making a new one ends this one.",
  codeLeft: (left: string) => `${left} left`,
  codeOver: "This code is past its time. Make a new one.",
  copy: "Copy",
  copied: "Copied",
  again: "New code",
  revokeTitle: (plate: string) => `Revoke the unit in ${plate}?`,
  revokeWhy: "The car loses its link within 5 seconds and can no longer open bills. Open bills stay payable. To use the car again, enrol it with a new code.",
  revokeDo: "Revoke the unit",
  reinstateTitle: (plate: string) => `Reinstate the unit in ${plate}?`,
  reinstateWhy: "It was suspended because its key seemed to be used twice or its counter went back. Reinstate it only if you know why.",
  reinstateDo: "Reinstate the unit",
  units: ["s", "min", "h", "d"] as Units,
  keys: "Keys: / find a plate · n add a car · b book a ride · Esc close",
  rides: RIDES_EN,
  actions: "Actions",
};

type Words = typeof EN;

const ZH: Words = {
  switchTo: "English",
  product: "Fareway",
  console: "调度台",
  name: "用户名",
  password: "密码",
  signIn: "登录",
  signingIn: "正在登录…",
  signOut: "退出",
  live: "实时",
  reconnecting: "正在重新连接… 数据截至",
  search: "查找车牌",
  cars: "在线车辆",
  hired: "载客中",
  open: "未结账单",
  person: "待处理",
  inbox: "需要人工处理",
  inboxEmpty: "目前没有需要处理的事项。有告警时会自动出现在这里并计时。",
  clear: "已处理",
  vehicles: "车辆",
  addVehicle: "添加车辆",
  vehiclesEmpty: "还没有车辆。请先添加一辆，再在车内输入它的注册码。",
  plate: "车牌",
  driver: "司机",
  noDriver: "无司机",
  driverOptional: "司机（可不填）",
  link: "连接",
  meter: "计价器",
  online: "在线",
  offline: "离线",
  offlineFor: (age) => `离线 ${age}`,
  device: { none: "未注册", active: "正常", suspended: "已暂停", revoked: "已吊销" },
  meters: {
    no_link: "计价器未连接",
    signed_out: "未签到",
    vacant: "空车",
    hired: "重车",
    stopped: "停止计价",
    fault: "故障",
    unknown: "尚未上报",
  },
  stale: "无响应",
  code: "注册码",
  revoke: "吊销",
  reinstate: "恢复",
  trips: "行程",
  tripsEmpty: "还没有行程。计价器转为重车后会出现在这里。",
  payments: "收款",
  paymentsEmpty: "还没有账单。计价器停止后会出现在这里。",
  amount: "金额",
  state: "状态",
  inCar: "车内显示",
  opened: "开单",
  keyed: "司机录入",
  number: "商户订单号",
  bill: {
    waiting: "等待扫码",
    paying: "乘客正在付款",
    asking: "正在向支付宝查询",
    cancelling: "正在撤销",
    person: "需要人工处理",
    failed: "上次付款未成功",
    ending: "司机正在结束账单",
    paid: "已付款",
    otherwise: "其他方式付清",
    unpaid: "未付离开",
    voided: "已作废",
  },
  shownAfter: (span) => `${span}后已显示`,
  notShown: "尚未显示",
  noMatch: (plate) => `没有包含“${plate}”的车牌。`,
  addTitle: "添加车辆",
  addWhy: "添加后会得到一个注册码，用来注册车内设备。",
  add: "添加",
  cancel: "取消",
  close: "关闭",
  codeTitle: (plate) => `${plate} 的注册码`,
  codeWhy: "请在 30 分钟内在车内输入。只能用一次，关闭后不再显示；生成新码会使此码失效。",
  codeLeft: (left) => `剩余 ${left}`,
  codeOver: "此码已过期，请生成新码。",
  copy: "复制",
  copied: "已复制",
  again: "生成新码",
  revokeTitle: (plate) => `吊销 ${plate} 的车内设备？`,
  revokeWhy: "该车会在 5 秒内断开，不能再开账单；已开的账单仍可支付。要重新使用，请用新注册码注册。",
  revokeDo: "吊销设备",
  reinstateTitle: (plate) => `恢复 ${plate} 的车内设备？`,
  reinstateWhy: "该设备因密钥疑似被两处使用或计数回退而暂停。请在查明原因后再恢复。",
  reinstateDo: "恢复设备",
  units: ["秒", "分钟", "小时", "天"],
  keys: "快捷键：/ 查找车牌 · n 添加车辆 · b 代客预约 · Esc 关闭",
  rides: RIDES_ZH,
  actions: "操作",
};

export type Language = "zh" | "en";

const KEPT = "fareway-language";

function kept(): Language {
  try {
    const chosen = localStorage.getItem(KEPT);
    if (chosen === "zh" || chosen === "en") return chosen;
  } catch {
    // A browser that keeps nothing still shows the console.
  }
  return navigator.language.startsWith("zh") ? "zh" : "en";
}

class Speech {
  language = $state<Language>(kept());
  words = $derived(this.language === "zh" ? ZH : EN);

  toggle(): void {
    this.language = this.language === "zh" ? "en" : "zh";
    try {
      localStorage.setItem(KEPT, this.language);
    } catch {
      // Chosen for this visit only, then.
    }
  }
}

export const speech = new Speech();
