//! The tariff block (0004, 127 bytes; taximeter.md §1.8). Read-only: useful to see which prices the sealed meter runs.

use serde::Serialize;

use crate::codec::fields::{Digits, Fields};

/// Metres in one step of the block's distances, 0.01 km.
const STEP_M: u32 = 10;

/// Answer to a tariff query. Prices are fen per kilometre or fen, in the block's order.
#[expect(missing_docs, reason = "the names say price, distance or time and their unit; the block has no more to tell")]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tariff {
    /// YYYYMMDDhh.
    pub in_force_from: Option<String>,
    pub day_return_fen: Option<u32>,
    pub night_return_fen: Option<u32>,
    pub day_one_way_fen: Option<u32>,
    pub night_one_way_fen: Option<u32>,
    pub day_second_empty_fen: Option<u32>,
    pub night_second_empty_fen: Option<u32>,
    pub start_day_fen: Option<u32>,
    pub start_night_fen: Option<u32>,
    pub follow_on_m: Option<u32>,
    pub start_m: Option<u32>,
    pub one_way_m: Option<u32>,
    pub second_empty_m: Option<u32>,
    pub day_waiting_fen: Option<u32>,
    pub night_waiting_fen: Option<u32>,
    /// mmss.
    pub free_waiting: Option<String>,
    /// mmss.
    pub add_on_time: Option<String>,
    /// hhmm.
    pub night_from: Option<String>,
    /// hhmm.
    pub night_to: Option<String>,
}

impl Tariff {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            in_force_from: fields.digits("in_force_from", 5, Digits::HourOrNone),
            day_return_fen: fields.number("day_return_fen", 2, 1),
            night_return_fen: fields.number("night_return_fen", 2, 1),
            day_one_way_fen: fields.number("day_one_way_fen", 2, 1),
            night_one_way_fen: fields.number("night_one_way_fen", 2, 1),
            day_second_empty_fen: fields.number("day_second_empty_fen", 2, 1),
            night_second_empty_fen: fields.number("night_second_empty_fen", 2, 1),
            start_day_fen: fields.number("start_day_fen", 2, 1),
            start_night_fen: fields.number("start_night_fen", 2, 1),
            follow_on_m: fields.number("follow_on_m", 2, STEP_M),
            start_m: fields.number("start_m", 2, STEP_M),
            one_way_m: fields.number("one_way_m", 2, STEP_M),
            second_empty_m: fields.number("second_empty_m", 2, STEP_M),
            day_waiting_fen: fields.number("day_waiting_fen", 2, 1),
            night_waiting_fen: fields.number("night_waiting_fen", 2, 1),
            free_waiting: fields.digits("free_waiting", 2, Digits::Duration),
            add_on_time: fields.digits("add_on_time", 2, Digits::Duration),
            night_from: fields.digits("night_from", 2, Digits::ClockTime),
            night_to: fields.digits("night_to", 2, Digits::ClockTime),
        }
    }
}
