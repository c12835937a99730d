//! What a host answers: sign-in and sign-out (57 bytes) and the heartbeat (9, 10 or 11 bytes, disputed); taximeter.md
//! §1.6 and §1.7. Read here when a terminal is overheard; written by `host`, which never sets a limit.

use serde::Serialize;

use crate::codec::fields::{Digits, Fields};

/// Answer to 00E0 and 00E3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignAnswer {
    /// Operating licence.
    pub licence: String,
    /// Driver certificate.
    pub driver_cert: String,
    /// Plate without the province sign.
    pub plate: String,
    /// When the card was swiped, YYYYMMDDhhmm.
    pub swipe: Option<String>,
    /// The terminal's state word.
    pub host_state: u32,
    /// Until when and for how many trips the meter may run.
    #[serde(flatten)]
    pub limits: Limits,
    /// 90 done, FF error.
    pub result: String,
}

impl SignAnswer {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            licence: fields.text(16),
            driver_cert: fields.text(19),
            plate: fields.text(6),
            swipe: fields.digits("swipe", 6, Digits::Moment),
            host_state: fields.integer(2),
            limits: Limits::read(fields, 2),
            result: format!("{:02X}", fields.byte()),
        }
    }
}

/// Answer to 00E9.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HeartbeatAnswer {
    /// The terminal's state word.
    pub host_state: u32,
    /// Until when and for how many trips the meter may run.
    #[serde(flatten)]
    pub limits: Limits,
}

impl HeartbeatAnswer {
    pub(super) fn read(fields: &mut Fields<'_>, size: usize) -> Self {
        Self { host_state: fields.integer(2), limits: Limits::read(fields, if size == 11 { 2 } else { 1 }) }
    }
}

/// Limits a terminal may set on a sealed meter. This bridge never sets one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// `none` or `set`.
    pub limits: &'static str,
    /// YYYYMMDDhh where a time limit is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_until: Option<String>,
    /// Trips where a count limit is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit_count: Option<u32>,
}

impl Limits {
    fn read(fields: &mut Fields<'_>, count_bytes: usize) -> Self {
        let until = fields.digits("limit_until", 5, Digits::HourOrNone).filter(|digits| *digits != "0000000000");
        let count = fields.number("limit_count", count_bytes, 1).filter(|count| *count > 0);
        let limits = if until.is_none() && count.is_none() { "none" } else { "set" };
        Self { limits, limit_until: until, limit_count: count }
    }
}
