//! NMEA 0183: which bytes are a sentence, and which sentences are a fix. `RMC` has time, place and speed; `GGA` says how
//! good it is. Bytes come in any pieces; whatever is torn, garbled or unknown is passed over and the next `$` begins anew.

use std::mem;

use fareway_shared::{fix::RawFix, place::LatLng, time::Timestamp};
use jiff::{
    civil::{Date, Time},
    tz::TimeZone,
};

/// The standard allows 82 bytes; some receivers write a few more.
const SENTENCE_BYTES_MAX: usize = 120;
/// Constellations: GPS, several together, BeiDou (two ways of writing it), Galileo, GLONASS.
const TALKERS: [&str; 6] = ["GP", "GN", "BD", "GB", "GA", "GL"];
const MPS_PER_KNOT: f32 = 1_852.0 / 3_600.0;
/// What one unit of horizontal dilution stands for with a plain receiver, metres.
const METRES_PER_DILUTION: f32 = 5.0;
/// How far apart `GGA` and `RMC` may be to speak of one fix, microseconds.
const TOGETHER_US: i64 = 2_000_000;

/// The hearing end of a receiver's line.
#[derive(Debug, Default)]
pub(super) struct Listener {
    /// What has been heard of the present sentence; empty between two.
    line: Vec<u8>,
    /// The last `GGA`: microseconds into the day, and its dilution.
    dilution: Option<(i64, f32)>,
}

impl Listener {
    /// Takes bytes as they come; returns the fixes that they completed.
    pub(super) fn hear(&mut self, bytes: &[u8]) -> Vec<RawFix> {
        let mut fixes = Vec::new();
        for byte in bytes {
            match byte {
                b'$' => self.line = vec![b'$'],
                b'\r' | b'\n' => {
                    let line = mem::take(&mut self.line);
                    fixes.extend(checked(&line).and_then(|body| self.sentence(body)));
                }
                _ if self.line.is_empty() => {}
                _ if self.line.len() >= SENTENCE_BYTES_MAX => self.line.clear(),
                byte => self.line.push(*byte),
            }
        }
        fixes
    }

    fn sentence(&mut self, body: &str) -> Option<RawFix> {
        let fields: Vec<&str> = body.split(',').collect();
        let field = |place: usize| fields.get(place).copied().unwrap_or_default();
        let (talker, kind) = field(0).split_at_checked(2)?;
        if !TALKERS.contains(&talker) {
            return None;
        }
        match kind {
            "GGA" => {
                let fixed = !matches!(field(6), "" | "0");
                let dilution = number(field(8)).filter(|_| fixed);
                self.dilution = into_day(field(1)).zip(dilution);
                None
            }
            // A mode of N is no fix, M is typed in by hand, S is made up by a simulator.
            "RMC" if field(2) == "A" && !matches!(field(12), "N" | "M" | "S") => {
                let into_day = into_day(field(1))?;
                let lat = degrees(field(3), 2, field(4), "N", "S")?;
                let lng = degrees(field(5), 3, field(6), "E", "W")?;
                let place = LatLng::new(lat, lng).ok()?;
                let dilution = self.dilution.filter(|(at, _)| into_day.abs_diff(*at) <= TOGETHER_US.unsigned_abs());
                Some(RawFix {
                    lat: Some(place.lat()),
                    lng: Some(place.lng()),
                    at: Timestamp(midnight(field(9))?.saturating_add(into_day)),
                    accuracy_m: dilution.map(|(_, dilution)| dilution * METRES_PER_DILUTION),
                    speed_mps: number(field(7)).map(|knots| knots * MPS_PER_KNOT),
                    heading_deg: number(field(8)),
                })
            }
            _ => None,
        }
    }
}

/// What stands between `$` and `*`, if the checksum behind it is right.
fn checked(line: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(line).ok()?.strip_prefix('$')?;
    let (body, sum) = text.split_once('*')?;
    if sum.len() != 2 || !sum.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let right = body.bytes().fold(0, |sum, byte| sum ^ byte);
    (u8::from_str_radix(sum, 16).ok()? == right).then_some(body)
}

/// Digits and at most one point; nothing else that Rust would take for a number.
fn number(text: &str) -> Option<f32> {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.').then(|| text.parse().ok()).flatten()
}

/// `ddmm.mmmm` or `dddmm.mmmm` with its hemisphere.
fn degrees(text: &str, whole: usize, hemisphere: &str, positive: &str, negative: &str) -> Option<f64> {
    let (whole, minutes) = text.split_at_checked(whole)?;
    number(minutes)?;
    let (whole, minutes): (u16, f64) = (whole.parse().ok()?, minutes.parse().ok()?);
    let value = f64::from(whole) + Some(minutes).filter(|minutes| *minutes < 60.0)? / 60.0;
    match hemisphere {
        east if east == positive => Some(value),
        west if west == negative => Some(-value),
        _ => None,
    }
}

/// `hhmmss` or `hhmmss.sss`: microseconds into the day, UTC.
fn into_day(text: &str) -> Option<i64> {
    number(text)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let part = |from: usize| whole.get(from..from.saturating_add(2))?.parse::<i8>().ok();
    let time = Time::new(part(0)?, part(2)?, part(4)?, 0).ok().filter(|_| whole.len() == 6)?;
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let seconds = i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    Some(seconds * 1_000_000 + micros)
}

/// `ddmmyy`: that day's first instant, UTC microseconds.
fn midnight(text: &str) -> Option<i64> {
    let part = |from: usize| text.get(from..from.saturating_add(2))?.parse::<i8>().ok().filter(|part| *part >= 0);
    let date = Date::new(2_000 + i16::from(part(4)?), part(2)?, part(0)?).ok().filter(|_| text.len() == 6)?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_microsecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence with its checksum.
    fn told(body: &str) -> String {
        format!("${body}*{:02X}\r\n", body.bytes().fold(0, |sum, byte| sum ^ byte))
    }

    const RMC: &str = "GNRMC,080031.50,A,3119.8060,N,12036.4260,E,16.0,92.5,150127,,,A";
    const GGA: &str = "GNGGA,080031.50,3119.8060,N,12036.4260,E,1,12,0.9,12.0,M,8.0,M,,";

    fn heard(text: &str) -> Vec<RawFix> {
        Listener::default().hear(text.as_bytes())
    }

    #[test]
    fn a_published_sentence_is_read_to_its_last_digit() {
        // The example of the standard's own tutorials: 48° 07.038' N, 11° 31.000' E, on 23 March 1994 (here: 2094).
        let fixes = heard("$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n");
        let [fix] = fixes.as_slice() else { panic!("{fixes:?}") };
        assert!((fix.lat.unwrap() - 48.1173).abs() < 1e-9 && (fix.lng.unwrap() - 11.516_666_666).abs() < 1e-8);
        assert!((fix.speed_mps.unwrap() - 11.523_55).abs() < 1e-3);
        assert_eq!((fix.heading_deg, fix.accuracy_m), (Some(84.4), None));
    }

    #[test]
    fn two_sentences_make_a_fix_with_date_time_and_accuracy() {
        let fixes = heard(&(told(GGA) + &told(RMC)));
        let [fix] = fixes.as_slice() else { panic!("{fixes:?}") };
        assert_eq!(fix.at, Timestamp::from_millis(1_800_000_031_500));
        assert!((fix.lat.unwrap() - 31.330_1).abs() < 1e-9 && (fix.lng.unwrap() - 120.607_1).abs() < 1e-9);
        assert!((fix.accuracy_m.unwrap() - 4.5).abs() < 1e-5);
        let south_west = RMC.replace(",N,", ",S,").replace(",E,", ",W,");
        let fixes = heard(&told(&south_west));
        assert!(fixes[0].lat.unwrap() < -31.0 && fixes[0].lng.unwrap() < -120.0);
    }

    #[test]
    fn every_constellation_is_heard_and_no_other_talker() {
        for talker in TALKERS {
            assert_eq!(heard(&told(&RMC.replacen("GN", talker, 1))).len(), 1, "{talker}");
        }
        assert_eq!(heard(&told(&RMC.replacen("GN", "II", 1))), []);
    }

    #[test]
    fn what_is_no_fix_gives_none() {
        for body in [
            RMC.replace(",A,3119", ",V,3119"),
            RMC.replace(",,,A", ",,,N"),
            RMC.replace("3119.8060", ""),
            RMC.replace("3119.8060", "3160.8060"),
            RMC.replace("3119.8060", "9919.8060"),
            RMC.replace("3119.8060", "31nan"),
            RMC.replace("3119.8060", "31"),
            RMC.replace(",N,", ",Q,"),
            RMC.replace("150127", "320127"),
            RMC.replace("150127", "-50127"),
            RMC.replace("150127", ""),
            RMC.replace("080031.50", "256199"),
            RMC.replace("080031.50", "0800"),
            RMC.replace("080031.50", ""),
            "GNRMC".to_owned(),
            "GNR".to_owned(),
            String::new(),
            "é".to_owned(),
        ] {
            assert_eq!(heard(&told(&body)), [], "{body}");
        }
        let (lost, found) = (told(&GGA.replace(",E,1,", ",E,0,")), told(RMC));
        assert_eq!(heard(&(told(GGA) + &lost + &found))[0].accuracy_m, None, "an accuracy outlived its fix");
    }

    #[test]
    fn a_wrong_checksum_is_not_believed() {
        let good = told(RMC);
        assert_eq!(heard(&good.replace("3119", "3118")), []);
        assert_eq!(heard(good.split('*').next().unwrap()), []);
        assert_eq!(heard(&good.replace("\r\n", "0\r\n")), []);
        assert_eq!(heard(&(good.split('*').next().unwrap().to_owned() + "*+1\r\n")), []);
    }

    #[test]
    fn bytes_may_come_one_by_one_and_garbage_between_them_costs_no_later_fix() {
        let mut listener = Listener::default();
        let mut count = 0;
        for byte in told(RMC).bytes() {
            count += listener.hear(&[byte]).len();
        }
        assert_eq!(count, 1);
        // Every byte there is, a sentence cut in its middle, one without end, then a whole one.
        let noise: Vec<u8> = (0..=255).cycle().take(4_096).collect();
        assert_eq!(listener.hear(&noise), []);
        assert_eq!(listener.hear(&told(RMC).as_bytes()[..30]), []);
        assert_eq!(listener.hear(&[b'$'; 9]), []);
        assert_eq!(listener.hear(&[b'7'; 5_000]), []);
        assert_eq!(listener.hear(told(RMC).as_bytes()).len(), 1);
        assert!(listener.line.capacity() < 1_024, "the line grows without bound");
    }

    #[test]
    fn no_single_wrong_byte_makes_a_fix_or_a_panic() {
        let good = told(RMC).into_bytes();
        for place in 0..good.len() - 2 {
            for byte in 0..=255 {
                let mut bad = good.clone();
                bad[place] = byte;
                if !bad[place].eq_ignore_ascii_case(&good[place]) {
                    assert_eq!(Listener::default().hear(&bad), [], "byte {place} as {byte}");
                }
            }
        }
    }
}
