//! A cursor over the data of one frame: text, packed decimal and calendar values. A value that fails its check becomes
//! `None` and is listed by name, so that no caller can mistake it for zero.

use jiff::civil::DateTime;

use crate::frame::skipped::Why;

/// A field that holds no valid value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The field's name as in the decoded message.
    pub field: &'static str,
    /// [`Why::Bcd`] or [`Why::Calendar`].
    pub why: Why,
}

/// How the digits of a field must read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// Any digits.
    Any,
    /// A date and time, from the year down to a part of the day: 10 digits with two-digit year, else from YYYY on.
    Moment,
    /// As `Moment` from the four-digit year to the hour, or all zero for "none".
    HourOrNone,
    /// hhmm on a clock.
    ClockTime,
    /// hhmm or hhmmss of a duration: minutes and seconds below 60.
    Duration,
}

/// Reads fields in their order and remembers which were unknown.
#[derive(Debug)]
pub struct Fields<'a> {
    rest: &'a [u8],
    unknown: Vec<Unknown>,
}

impl<'a> Fields<'a> {
    /// Starts at the first byte of the data.
    #[must_use]
    pub const fn new(data: &'a [u8]) -> Self {
        Self { rest: data, unknown: Vec::new() }
    }

    /// The next `count` bytes, or fewer where the data ends.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.rest)
    }

    /// One byte; 0 past the end.
    pub fn byte(&mut self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    /// A big-endian number of up to four bytes.
    pub fn integer(&mut self, count: usize) -> u32 {
        self.bytes(count).iter().fold(0, |value, byte| (value << 8) | u32::from(*byte))
    }

    /// Lower-case hex of the next bytes.
    pub fn hex(&mut self, count: usize) -> String {
        hex::encode(self.bytes(count))
    }

    /// Text without its padding; a byte that is not printable ASCII reads as `?`.
    pub fn text(&mut self, count: usize) -> String {
        let text: String = self
            .bytes(count)
            .iter()
            .map(|byte| if byte.is_ascii_graphic() || matches!(byte, b' ' | 0) { char::from(*byte) } else { '?' })
            .collect();
        text.trim_matches(['\0', ' ']).replace('\0', "")
    }

    /// Packed decimal times `scale`.
    pub fn number(&mut self, field: &'static str, count: usize, scale: u32) -> Option<u32> {
        let digits = self.digits(field, count, Digits::Any)?;
        digits.parse::<u32>().ok().and_then(|value| value.checked_mul(scale))
    }

    /// Minutes of an hhmm duration.
    pub fn minutes(&mut self, field: &'static str) -> Option<u32> {
        let digits = self.digits(field, 2, Digits::Duration)?;
        let (hours, minutes) = digits.split_at_checked(2)?;
        hours.parse::<u32>().ok()?.checked_mul(60)?.checked_add(minutes.parse().ok()?)
    }

    /// Packed decimal digits that must read as `form` says.
    pub fn digits(&mut self, field: &'static str, count: usize, form: Digits) -> Option<String> {
        let text = self.hex(count);
        let why = if !text.bytes().all(|digit| digit.is_ascii_digit()) {
            Why::Bcd
        } else if !reads_as(&text, form) {
            Why::Calendar
        } else {
            return Some(text);
        };
        self.unknown.push(Unknown { field, why });
        None
    }

    /// Takes over the unknown fields of a nested record.
    pub fn also_unknown(&mut self, unknown: Vec<Unknown>) {
        self.unknown.extend(unknown);
    }

    /// The fields that were unknown.
    #[must_use]
    pub fn into_unknown(self) -> Vec<Unknown> {
        self.unknown
    }
}

fn reads_as(digits: &str, form: Digits) -> bool {
    match form {
        Digits::Any => true,
        Digits::Moment => moment(digits).is_some(),
        Digits::HourOrNone => digits.bytes().all(|digit| digit == b'0') || moment(&format!("{digits}00")).is_some(),
        Digits::ClockTime => {
            pair(digits, 0).is_some_and(|hour| hour < 24) && pair(digits, 2).is_some_and(|min| min < 60)
        }
        Digits::Duration => [2, 4].into_iter().filter_map(|at| pair(digits, at)).all(|part| part < 60),
    }
}

/// A calendar moment from packed digits: YYMMDDhhmm (a year of this century), YYYYMMDDhhmm or YYYYMMDDhhmmss.
#[must_use]
pub fn moment(digits: &str) -> Option<DateTime> {
    let digits = if digits.len() == 10 { format!("20{digits}") } else { digits.to_owned() };
    let year = digits.get(..4)?.parse::<i16>().ok()?;
    let second = if digits.len() > 12 { pair(&digits, 12)? } else { 0 };
    let [month, day, hour, minute] = [4, 6, 8, 10].map(|at| pair(&digits, at));
    DateTime::new(year, month?, day?, hour?, minute?, second, 0).ok()
}

fn pair(digits: &str, at: usize) -> Option<i8> {
    digits.get(at..at.checked_add(2)?)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nibble_above_nine_is_unknown_and_named() {
        let mut fields = Fields::new(&[0x00, 0x58, 0x0C]);
        assert_eq!(fields.number("amount_fen", 3, 10), None);
        assert_eq!(fields.into_unknown(), [Unknown { field: "amount_fen", why: Why::Bcd }]);
    }

    #[test]
    fn days_that_do_not_exist_are_unknown() {
        assert!(moment("2602282359").is_some());
        for digits in ["2602292359", "2613010000", "2601012400", "2601010060", "2600010000", "26010100"] {
            assert!(moment(digits).is_none(), "{digits} was read as a moment");
        }
        assert!(moment("20240229000000").is_some());
    }

    #[test]
    fn durations_may_pass_a_day_but_not_an_hour_of_minutes() {
        assert_eq!(Fields::new(&[0x99, 0x59]).minutes("wait_min"), Some(99 * 60 + 59));
        assert_eq!(Fields::new(&[0x00, 0x60]).minutes("wait_min"), None);
    }

    #[test]
    fn text_loses_its_padding_and_nothing_else() {
        assert_eq!(Fields::new(b"320500004217\0\0\0\0").text(16), "320500004217");
        assert_eq!(Fields::new(&[0; 16]).text(16), "");
        assert_eq!(Fields::new(&[0xB2, b'A']).text(2), "?A");
    }

    #[test]
    fn a_field_past_the_end_is_empty_and_never_panics() {
        let mut fields = Fields::new(&[1]);
        assert_eq!((fields.integer(4), fields.byte(), fields.text(3)), (1, 0, String::new()));
    }
}
