//! What needs a person: an alarm with a clock that runs until a dispatcher has dealt with it. Any slice may raise one.

use fareway_shared::id::{FleetId, VehicleId};

/// What kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlarmKind {
    /// Money arrived that nobody owes; it lies in suspense and is being returned.
    MoneyInSuspense,
    /// A verified notice whose facts are not those of its order.
    NoticeMismatch,
    /// The machine is at its end with a payment.
    PaymentNeedsPerson,
    /// Two live links on one key, or a counter that went back: the device is suspended.
    DeviceCloned,
    /// A car received envelopes that failed their checks.
    EnvelopesRejected,
    /// A meter record that fits no bill, or differs from what was keyed.
    MeterRecordCase,
    /// A passenger left without paying.
    LeftUnpaid,
    /// One car says again and again that passengers left without paying (confirmation.md §3, "Quiet alarms").
    UnpaidReview,
    /// Too many wrong screen codes for one car.
    ScreenCodeLocked,
}

impl AlarmKind {
    const ALL: [Self; 9] = [
        Self::MoneyInSuspense,
        Self::NoticeMismatch,
        Self::PaymentNeedsPerson,
        Self::DeviceCloned,
        Self::EnvelopesRejected,
        Self::MeterRecordCase,
        Self::LeftUnpaid,
        Self::UnpaidReview,
        Self::ScreenCodeLocked,
    ];

    /// The word in the database and on the console.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::MoneyInSuspense => "money_in_suspense",
            Self::NoticeMismatch => "notice_mismatch",
            Self::PaymentNeedsPerson => "payment_needs_person",
            Self::DeviceCloned => "device_cloned",
            Self::EnvelopesRejected => "envelopes_rejected",
            Self::MeterRecordCase => "meter_record_case",
            Self::LeftUnpaid => "left_unpaid",
            Self::UnpaidReview => "unpaid_review",
            Self::ScreenCodeLocked => "screen_code_locked",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// What happened and what to do, Chinese and English.
    #[must_use]
    pub fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::MoneyInSuspense => (
                "收到一笔无人欠付的款项，已记入暂记账并正在退回。请核对这笔交易。",
                "Money arrived that nobody owes. It is in suspense and being returned; check the trade.",
            ),
            Self::NoticeMismatch => (
                "支付宝的通知与订单不符，已隔离。请与支付宝账单核对。",
                "A notice from Alipay does not match its order and is quarantined. Compare it with Alipay's statement.",
            ),
            Self::PaymentNeedsPerson => (
                "这笔付款无法自动了结。请在支付宝商家后台查询后处理。",
                "This payment cannot be settled by machine. Look it up at Alipay and decide.",
            ),
            Self::DeviceCloned => (
                "同一设备密钥出现两个连接或计数倒退，设备已暂停。请检查车载设备后恢复或吊销。",
                "Two links used one device key, or its counter went back. The device is suspended: look at it, then reinstate or revoke.",
            ),
            Self::EnvelopesRejected => (
                "车辆收到未通过校验的确认消息。如再次发生，请检查该车网络。",
                "A car received confirmations that failed their checks. If it happens again, look at its network.",
            ),
            Self::MeterRecordCase => (
                "计价器记录与账单不一致或无对应账单。请核对这趟行程。",
                "A meter record fits no bill, or differs from the keyed fare. Check the trip.",
            ),
            Self::LeftUnpaid => (
                "乘客未付款离开。如之后付款，账单会自动结清。",
                "A passenger left without paying. If they pay later the bill settles by itself.",
            ),
            Self::UnpaidReview => (
                "该车近期多次报告乘客未付款离开。请与司机核对这些行程。",
                "This car often reports passengers who left without paying. Go through those trips with the driver.",
            ),
            Self::ScreenCodeLocked => (
                "该车屏幕数字码多次输错，已改为只接受账单二维码。",
                "Too many wrong screen codes for this car; only the bill's own code works for now.",
            ),
        }
    }
}

/// An alarm to raise. One open alarm per kind and subject: raising it again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// The fleet.
    pub fleet: FleetId,
    /// What kind.
    pub kind: AlarmKind,
    /// What it is about: an order number, a bill, a device.
    pub subject: String,
    /// The car, if one is concerned.
    pub vehicle: Option<VehicleId>,
    /// Facts for the person who looks, no secrets.
    pub detail: String,
}
