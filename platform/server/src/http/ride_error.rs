//! What a caller is told when a booking is not taken, or a dispatcher's hand not followed: the part of [`super::error`]'s
//! table that is about rides.

use actix_web::http::StatusCode;
use fareway_shared::place::NotAPlace;

use super::error::ApiError;
use crate::{
    matching::error::HandError,
    reservation::{
        error::{BookingError, QuoteProblem, ReservationError},
        model::ReservationState,
    },
    tariff::{error::TariffError, model::LocalTimeError},
    transition::Refused,
};

fn bad(code: &'static str, zh: &str, en: &str) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, code, zh, en)
}

fn conflict(code: &'static str, zh: &str, en: &str) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, code, zh, en)
}

/// Two numbers that are no place.
pub fn no_place(error: NotAPlace) -> ApiError {
    match error {
        NotAPlace::Swapped { lat, lng } => bad(
            "swapped_place",
            &format!("{lat}, {lng} 不是有效坐标，{lng}, {lat} 才是：请先写纬度，再写经度。"),
            &format!("{lat}, {lng} is not a place, but {lng}, {lat} is: give the latitude first."),
        ),
        NotAPlace::NotANumber { .. } | NotAPlace::OutOfRange { .. } => bad(
            "no_place",
            "坐标无效：纬度为 -90 到 90 度，经度为 -180 到 180 度。",
            "That is not a place: latitudes run from -90 to 90 degrees, longitudes from -180 to 180.",
        ),
    }
}

/// A local time that is no instant.
fn no_time(error: &LocalTimeError) -> ApiError {
    match error {
        LocalTimeError::NotATime(_) => bad(
            "bad_time",
            "时间格式不对，请写成 2026-11-22T08:30。",
            "The time does not read. Write it as 2026-11-22T08:30.",
        ),
        LocalTimeError::Skipped { text, next, .. } => bad(
            "skipped_time",
            &format!("当天时钟拨快，没有 {text} 这个时间；下一个时间是 {next}。"),
            &format!("{text} does not exist, since the clocks go forward over it; the next time is {next}."),
        ),
        LocalTimeError::Repeated { text, .. } => bad(
            "repeated_time",
            &format!("当天时钟拨慢，{text} 会出现两次，请选择之前或之后的时间。"),
            &format!("{text} happens twice, since the clocks go back. Choose a time before or after."),
        ),
    }
}

fn unknown_reservation() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "unknown_reservation",
        "本车队没有这个预约，请刷新列表。",
        "There is no such reservation in this fleet. Reload the list.",
    )
}

fn on_board() -> ApiError {
    conflict(
        "on_board",
        "乘客已经上车，不能再更改。",
        "The passenger is on board, so there is nothing to take back any more.",
    )
}

fn stands(state: ReservationState) -> ApiError {
    let (zh, en) = match state {
        ReservationState::Scheduled => ("尚未到派车时间", "is for later"),
        ReservationState::Waiting => ("正在等车", "waits for a car"),
        ReservationState::Offered => ("正在派给司机", "is being offered to drivers"),
        ReservationState::Assigned => ("已经有车", "has a car"),
        ReservationState::Completed => ("已经完成", "is completed"),
        ReservationState::Cancelled => ("已经取消", "is cancelled"),
        ReservationState::NoShow => ("已因乘客未到而结束", "has ended, since nobody came"),
        ReservationState::Unserved => ("已因无车而结束", "has ended, since no car was found"),
    };
    conflict(
        "not_now",
        &format!("这个预约{zh}，不能这样操作。"),
        &format!("This reservation {en}; that cannot be done with it now."),
    )
}

impl From<BookingError> for ApiError {
    fn from(error: BookingError) -> Self {
        match error {
            BookingError::Text(field) => bad(
                "bad_text",
                &format!("“{field}”太长，或含有无法显示的字符。"),
                &format!("“{field}” is too long, or has characters that cannot be shown."),
            ),
            BookingError::Seats { asked, most } => bad(
                "too_many_seats",
                &format!("{asked} 人坐不下一辆车；本车队每车 1 到 {most} 人。多人请分开预约。"),
                &format!("{asked} cannot ride in one car of this fleet; 1 to {most} can. Book several cars for more."),
            ),
            BookingError::Past => bad(
                "in_the_past",
                "上车时间已经过去，请选择以后的时间，或选“现在”。",
                "The time of the pick-up is in the past. Choose a later one, or now.",
            ),
            BookingError::TooFarAhead => bad(
                "too_far_ahead",
                "上车时间太远，目前还不能预约。",
                "The time of the pick-up is too far ahead to book it yet.",
            ),
            BookingError::LocalTime(error) => no_time(&error),
            BookingError::Phone => bad(
                "bad_phone",
                "电话号码不对：应为 5 到 15 位数字，国际区号前加 +。",
                "That is not a phone number: 5 to 15 digits, with a + before a country's code.",
            ),
            BookingError::Class(class) => {
                bad("no_class", &format!("没有 {class} 级车辆。"), &format!("There is no class {class} of cars."))
            }
        }
    }
}

impl From<ReservationError> for ApiError {
    fn from(error: ReservationError) -> Self {
        match error {
            ReservationError::Booking(error) => error.into(),
            ReservationError::Quote(QuoteProblem::Unknown) => {
                conflict("no_quote", "没有这个报价，请重新询价。", "There is no such quote. Ask for a new one.")
            }
            ReservationError::Quote(QuoteProblem::Old) => conflict(
                "old_quote",
                "报价已超过 30 分钟，请重新询价。",
                "The quote is more than 30 minutes old. Ask for a new one.",
            ),
            ReservationError::Quote(QuoteProblem::OtherJourney) => conflict(
                "other_quote",
                "报价对应的上车点或下车点不同，请重新询价。",
                "The quote is for another pick-up or drop-off. Ask for a new one.",
            ),
            ReservationError::KeyReused => conflict(
                "key_reused",
                "这个编号已用于另一个预约，请关闭后重新填写。",
                "This booking's number was used for another booking already. Close it and start again.",
            ),
            ReservationError::TooMany(most) => conflict(
                "too_many_open",
                &format!("该联系人已有 {most} 个未完成的预约，请先完成或取消一个。"),
                &format!("This contact has {most} open reservations; complete or cancel one of them first."),
            ),
            ReservationError::OnBoard => on_board(),
            ReservationError::Unknown => unknown_reservation(),
            ReservationError::Refused(Refused::NotNow { state, .. } | Refused::NotYours { state, .. }) => stands(state),
            ReservationError::Store(cause) => cause.into(),
        }
    }
}

impl From<TariffError> for ApiError {
    fn from(error: TariffError) -> Self {
        match error {
            TariffError::NoneInForce | TariffError::NotInForce => conflict(
                "no_tariff",
                "该时间没有生效的运价，无法报价；仍可按表计费预约。",
                "No tariff is in force at that time, so no price can be told. The ride can still be booked by the meter.",
            ),
            TariffError::UnknownClass { class, known } => bad(
                "unknown_class",
                &format!("运价没有 {class} 这个车型，只有：{known}。"),
                &format!("The tariff has no class {class}; it has {known}."),
            ),
            TariffError::Journey { .. } | TariffError::Overflow => {
                bad("too_far", "行程太远，无法报价。", "That is too far to be quoted.")
            }
            TariffError::Store(cause) => cause.into(),
            other => {
                tracing::error!(error = %other, "a price could not be told");
                conflict(
                    "no_quote",
                    "暂时无法报价；仍可按表计费预约。",
                    "No price can be told just now. The ride can still be booked by the meter.",
                )
            }
        }
    }
}

impl From<HandError> for ApiError {
    fn from(error: HandError) -> Self {
        match error {
            HandError::UnknownReservation => unknown_reservation(),
            HandError::UnknownCar => crate::fleet::error::FleetError::UnknownVehicle.into(),
            HandError::NotOpen(state) => stands(state),
            HandError::TooEarly { hours } => conflict(
                "too_early",
                &format!("这个预约时间还早：上车前 {hours} 小时内才能手动派车，否则该车在此之前接不到别的单。"),
                &format!(
                    "It is too early: a ride is given by hand at most {hours} h ahead, since its car gets no other until then."
                ),
            ),
            HandError::Busy(plate) => conflict(
                "car_busy",
                &format!("{plate} 正在接单或载客，请选择空车。"),
                &format!("{plate} has an offer, a trip or a passenger just now. Choose a free car."),
            ),
            HandError::OffDuty(plate) => conflict(
                "car_off_duty",
                &format!("{plate} 的司机未出车、在休息或在做最后一单，请先联系司机。"),
                &format!("The driver of {plate} is off shift, on a break or on the last job. Call the driver first."),
            ),
            HandError::Unlinked(plate) => conflict(
                "car_unlinked",
                &format!("{plate} 目前离线，收不到订单，请选择其他车辆。"),
                &format!("{plate} is offline and cannot be told. Choose another car."),
            ),
            HandError::Seats { plate, seats } => conflict(
                "car_too_small",
                &format!("{plate} 只有 {seats} 个座位，坐不下。"),
                &format!("{plate} has {seats} seats only. Choose a larger car."),
            ),
            HandError::Wheelchair(plate) => conflict(
                "car_no_wheelchair",
                &format!("{plate} 不能搭载轮椅，请选择其他车辆。"),
                &format!("{plate} takes no wheelchair. Choose another car."),
            ),
            HandError::NotByHand => conflict(
                "not_by_hand",
                "这个预约没有可以撤回的手动派车。",
                "This reservation has no assignment by hand that could be taken back.",
            ),
            HandError::UndoOver => conflict(
                "undo_over",
                "已超过 10 秒，不能撤回；如需换车，请联系司机或取消预约。",
                "The 10 s for taking it back are over. Call the driver, or cancel the reservation.",
            ),
            HandError::OnBoard => on_board(),
            HandError::Store(cause) => cause.into(),
        }
    }
}
