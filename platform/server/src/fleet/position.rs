//! Which positions of a car can be true. A receiver that is wrong says so by what it claims: a time that has not come, a
//! leap that no car can make, an accuracy that is none.

use std::time::Duration;

use fareway_shared::{
    fix::{Fix, RawFix},
    time::Timestamp,
};

/// A receiver's clock may be so far ahead of ours.
const AHEAD: Duration = Duration::from_secs(5);
/// An accuracy beyond this is no position for dispatch, metres.
const BLUR_M: f32 = 500.0;
/// No taxi is faster, metres per second (250 km/h).
const FASTEST_MPS: f64 = 70.0;
/// Two fixes may be so far apart whatever the time between them: receivers wander, metres.
const WANDER_M: f64 = 300.0;
/// After so long a leap is believed: the car was shipped, or the earlier position was the wrong one.
const LEAP_AGE: Duration = Duration::from_secs(120);

/// Why a position is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FixFault {
    /// No number, or out of range.
    NotAPlace,
    /// From the future.
    Future,
    /// Not later than what is known already; harmless.
    Earlier,
    /// Too far from the last one for the time between them.
    Leap,
    /// So inaccurate that it says nothing.
    Blurred,
}

impl FixFault {
    /// What the driver is told, Chinese and English.
    #[must_use]
    pub fn sentences(self) -> (&'static str, &'static str) {
        match self {
            Self::NotAPlace => (
                "定位数据无效。请检查定位天线；在恢复之前收不到附近的订单。",
                "The position is not a place. Check the GNSS antenna; until it is back no rides nearby are offered.",
            ),
            Self::Future => {
                ("定位时间在未来。请检查车载设备的时钟。", "The position is from the future. Check the unit's clock.")
            }
            Self::Earlier => ("定位时间早于上一个位置。", "The position is older than the one before."),
            Self::Leap => (
                "定位突然跳动，已忽略；两分钟后仍如此将采用新位置。",
                "The position leapt farther than a car can drive and is ignored; if it stays there for two minutes it is believed.",
            ),
            Self::Blurred => {
                ("定位精度太差。请移到开阔处。", "The position is too inaccurate. Move to where the sky is open.")
            }
        }
    }
}

/// Believes a fix, or says why not. `last` is the one believed before.
///
/// # Errors
/// [`FixFault`].
pub fn judge(raw: &RawFix, last: Option<&Fix>, now: Timestamp) -> Result<Fix, FixFault> {
    let fix = Fix::try_from(*raw).map_err(|_| FixFault::NotAPlace)?;
    if fix.at > now.after(AHEAD) {
        return Err(FixFault::Future);
    }
    if fix.accuracy_m.is_some_and(|accuracy_m| accuracy_m > BLUR_M) {
        return Err(FixFault::Blurred);
    }
    let Some(last) = last else { return Ok(fix) };
    if fix.at <= last.at {
        return Err(FixFault::Earlier);
    }
    let between = fix.at.since(last.at);
    let reach_m = WANDER_M + FASTEST_MPS * between.as_secs_f64();
    if between < LEAP_AGE && last.place.crow_m(fix.place) > reach_m {
        return Err(FixFault::Leap);
    }
    Ok(fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn raw(lat: f64, seconds: i64) -> RawFix {
        RawFix {
            lat: Some(lat),
            lng: Some(120.6),
            at: Timestamp::from_seconds(1_800_000_000 + seconds),
            accuracy_m: Some(8.0),
            speed_mps: None,
            heading_deg: None,
        }
    }

    #[test]
    fn each_position_that_cannot_be_true_has_its_own_fault() {
        let last = Fix::try_from(raw(31.3, -10)).unwrap();
        let judged = |raw: RawFix| judge(&raw, Some(&last), NOW).map(|fix| fix.at);
        assert_eq!(judged(raw(31.301, 0)), Ok(NOW));
        assert_eq!(judged(RawFix { lat: None, ..raw(31.3, 0) }), Err(FixFault::NotAPlace));
        assert_eq!(judged(raw(31.3, 6)), Err(FixFault::Future));
        assert_eq!(judged(raw(31.3, -10)), Err(FixFault::Earlier));
        assert_eq!(judged(raw(31.75, 0)), Err(FixFault::Leap), "50 km in 10 s");
        assert_eq!(judged(RawFix { accuracy_m: Some(900.0), ..raw(31.3, 0) }), Err(FixFault::Blurred));
    }

    #[test]
    fn a_leap_that_lasts_is_believed_after_two_minutes() {
        let last = Fix::try_from(raw(31.3, -121)).unwrap();
        assert!(judge(&raw(31.75, 0), Some(&last), NOW).is_ok());
    }
}
