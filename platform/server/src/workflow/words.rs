//! Why a car's command was refused, in a driver's words.

use fareway_shared::protocol::car::{CommandOutcome, SETTLED};

/// A refusal of a car's command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The statement is not signed by this device, or is malformed.
    Statement,
    /// The statement names another fleet, car or currency.
    OtherCar,
    /// A keyed extra is above its cap.
    ExtraTooLarge,
    /// The bill is settled already.
    Settled,
    /// A later version of the bill is in force.
    StaleVersion,
    /// The meter's record opened a bill before.
    RecordBilled,
    /// There is no such bill.
    UnknownBill,
    /// A late record cannot open a bill.
    LateRecord,
    /// The id belongs to another car.
    Taken,
    /// There is no such offer to this car.
    UnknownOffer,
    /// The offer was withdrawn, or another car was faster.
    OfferGone,
    /// The car has another passenger to pick up.
    PickupBefore,
    /// The answer came after the end.
    OfferLate,
    /// There is no such reserved trip of this car.
    UnknownTrip,
    /// The trip has moved on, or was cancelled.
    TripMoved,
    /// Not the passenger's number.
    WrongPin,
    /// The passenger may still come.
    NoShowTooSoon,
    /// The driver is on duty in another car.
    OnDutyElsewhere(String),
}

impl Refusal {
    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Statement => (
                "statement",
                "账单校验失败，未发送给乘客。请重新开单；如再次出现请联系调度。",
                "The bill failed its check and was not sent. Make it again; if it happens again call dispatch.",
            ),
            Self::OtherCar => (
                "other_car",
                "账单不属于本车，未被接受。请联系调度。",
                "The bill is not this car's and was not accepted. Call dispatch.",
            ),
            Self::ExtraTooLarge => (
                "extra_too_large",
                "附加费超过上限，请检查金额后重新输入。",
                "The extra is above its limit. Check the amount and key it in again.",
            ),
            Self::Settled => (SETTLED, "账单已经结清，不能再更改。", "The bill is settled and cannot be changed."),
            Self::StaleVersion => (
                "stale_version",
                "账单已有更新的版本，请看最新账单。",
                "A later version of the bill is in force; look at the latest one.",
            ),
            Self::RecordBilled => (
                "record_billed",
                "这条计价器记录已经开过账单，不能重复收款。",
                "This meter record has a bill already; it cannot be charged again.",
            ),
            Self::UnknownBill => {
                ("unknown_bill", "平台没有这张账单，请重新开单。", "The platform has no such bill. Make it again.")
            }
            Self::LateRecord => (
                "late_record",
                "补传的计价器记录不能开账单，已交调度处理。",
                "A late meter record cannot open a bill; dispatch has it.",
            ),
            Self::Taken => {
                ("taken", "行程编号冲突，请联系调度。", "The trip's number belongs to another car. Call dispatch.")
            }
            Self::UnknownOffer => ("unknown_offer", "没有这张派单。", "There is no such offer for this car."),
            Self::OfferGone => {
                ("offer_gone", "订单已被取消或已由其他车辆接走。", "The ride was cancelled, or another car took it.")
            }
            Self::PickupBefore => (
                "pickup_before",
                "您还有一位乘客待接，请先完成该行程。",
                "Another passenger is waiting for you; finish that trip first.",
            ),
            Self::OfferLate => (
                "offer_late",
                "接单超时，订单已转给其他车辆。",
                "The answer came too late; the ride went on to another car.",
            ),
            Self::UnknownTrip => ("unknown_trip", "本车没有这个预约行程。", "This car has no such reserved trip."),
            Self::TripMoved => (
                "trip_moved",
                "行程状态已变更，请看最新状态。",
                "The trip has moved on meanwhile; look at where it stands now.",
            ),
            Self::WrongPin => (
                "wrong_pin",
                "乘车码不对，请与乘客核对。",
                "That is not the passenger's number. Ask the passenger again.",
            ),
            Self::NoShowTooSoon => (
                "no_show_too_soon",
                "请再等乘客几分钟，之后才能报告未到。",
                "Wait a few more minutes for the passenger before you report that nobody came.",
            ),
            Self::OnDutyElsewhere(_) => (
                "on_duty_elsewhere",
                "您已在 {plate} 上出车，请先在那里收车。",
                "You are on duty in {plate}. Go off shift there first.",
            ),
        }
    }

    /// As the car is told.
    pub(super) fn outcome(self) -> CommandOutcome {
        let (code, zh, en) = self.words();
        let filled = |sentence: &str| match &self {
            Self::OnDutyElsewhere(plate) => sentence.replace("{plate}", plate),
            _ => sentence.to_owned(),
        };
        CommandOutcome::Refused { code: code.to_owned(), zh: filled(zh), en: filled(en) }
    }
}
