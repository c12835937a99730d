//! The records that carry money: one trip (00E8, 00F2, answer to 0006) and one shift (00E4, 00F1); taximeter.md §1.5
//! and §1.7. Amounts are whole fen, distances whole metres, exactly as the meter wrote them.

use serde::Serialize;

use crate::codec::fields::{Digits, Fields};

/// Fen in one step of the meter's amounts, 0.1 yuan.
pub const STEP_FEN: u32 = 10;
/// Metres in one step of the meter's distances, 0.1 km.
pub const STEP_M: u32 = 100;

/// One trip.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Trip {
    /// Set in an answer to 0006.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<bool>,
    /// Plate without the province sign; a check value only.
    pub plate: String,
    /// Operating licence.
    pub licence: String,
    /// Driver certificate.
    pub driver_cert: String,
    /// Boarding, YYMMDDhhmm.
    pub on: Option<String>,
    /// Alighting, hhmm only; the date follows from the boarding time.
    pub off: Option<String>,
    /// Hired distance.
    pub distance_m: Option<u32>,
    /// Empty distance before the trip.
    pub empty_m: Option<u32>,
    /// Surcharge; shown beside the amount, never added to it.
    pub surcharge_fen: Option<u32>,
    /// Waiting time.
    pub wait_min: Option<u32>,
    /// The transaction amount.
    pub amount_fen: Option<u32>,
    /// The meter's own number of the trip.
    pub trip_no: u32,
    /// 00 cash, 01 and 03 cards, 09 other.
    pub pay_type: u8,
    /// City-card data, whose length each city sets.
    pub card_hex: String,
}

impl Trip {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            found: None,
            plate: fields.text(6),
            licence: fields.text(16),
            driver_cert: fields.text(19),
            on: fields.digits("on", 5, Digits::Moment),
            off: fields.digits("off", 2, Digits::ClockTime),
            distance_m: fields.number("distance_m", 3, STEP_M),
            empty_m: fields.number("empty_m", 2, STEP_M),
            surcharge_fen: fields.number("surcharge_fen", 3, STEP_FEN),
            wait_min: fields.minutes("wait_min"),
            amount_fen: fields.number("amount_fen", 3, STEP_FEN),
            trip_no: fields.integer(4),
            pay_type: fields.byte(),
            card_hex: hex::encode(fields.rest()),
        }
    }
}

/// One shift's totals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Shift {
    /// Operating licence.
    pub licence: String,
    /// Driver certificate.
    pub driver_cert: String,
    /// Plate without the province sign.
    pub plate: String,
    /// Pulses per kilometre, four digits.
    pub k_value: Option<String>,
    /// Shift began, YYYYMMDDhhmm.
    pub shift_on: Option<String>,
    /// Shift ended, YYYYMMDDhhmm.
    pub shift_off: Option<String>,
    /// Distance in the shift.
    pub shift_m: Option<u32>,
    /// Hired distance in the shift.
    pub shift_hired_m: Option<u32>,
    /// Trips in the shift.
    pub trips: Option<u32>,
    /// Timed part, hhmmss.
    pub time: Option<String>,
    /// Sum of amounts.
    pub total_fen: Option<u32>,
    /// Sum of card amounts.
    pub card_fen: Option<u32>,
    /// Card payments.
    pub card_count: Option<u32>,
    /// Distance between the last shift and this one.
    pub between_shifts_m: Option<u32>,
    /// Lifetime distance.
    pub total_m: Option<u32>,
    /// Lifetime hired distance.
    pub total_hired_m: Option<u32>,
    /// Unit price per kilometre.
    pub unit_price_fen: Option<u32>,
    /// Lifetime trips.
    pub total_trips: u32,
}

impl Shift {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            licence: fields.text(16),
            driver_cert: fields.text(19),
            plate: fields.text(6),
            k_value: fields.digits("k_value", 2, Digits::Any),
            shift_on: fields.digits("shift_on", 6, Digits::Moment),
            shift_off: fields.digits("shift_off", 6, Digits::Moment),
            shift_m: fields.number("shift_m", 3, STEP_M),
            shift_hired_m: fields.number("shift_hired_m", 3, STEP_M),
            trips: fields.number("trips", 2, 1),
            time: fields.digits("time", 3, Digits::Duration),
            total_fen: fields.number("total_fen", 3, STEP_FEN),
            card_fen: fields.number("card_fen", 3, STEP_FEN),
            card_count: fields.number("card_count", 2, 1),
            between_shifts_m: fields.number("between_shifts_m", 2, STEP_M),
            total_m: fields.number("total_m", 4, STEP_M),
            total_hired_m: fields.number("total_hired_m", 4, STEP_M),
            unit_price_fen: fields.number("unit_price_fen", 2, 1),
            total_trips: fields.integer(4),
        }
    }
}
