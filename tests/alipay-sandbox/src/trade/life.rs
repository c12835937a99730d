//! `it_b_pay`: how long an order may stay unpaid (alipay.md §5).

use jiff::{SignedDuration, Timestamp};

use crate::beijing;

const MAX_DAYS: i64 = 15;
const MINUTES_A_DAY: i64 = 24 * 60;

/// The unpaid life of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// A whole number of minutes, one minute to fifteen days.
    Minutes(i64),
    /// `1c`: until the end of the Beijing day.
    EndOfDay,
}

impl Life {
    /// What holds where the order does not say: fifteen days.
    pub const LONGEST: Self = Self::Minutes(MAX_DAYS * MINUTES_A_DAY);

    /// Reads `30m`, `2h`, `15d` or `1c`; whole numbers only.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "1c" {
            return Some(Self::EndOfDay);
        }
        let unit_minutes = match text.bytes().last()? {
            b'm' => 1,
            b'h' => 60,
            b'd' => MINUTES_A_DAY,
            _ => return None,
        };
        let number = text.get(..text.len().checked_sub(1)?)?;
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let minutes = number.parse::<i64>().ok()?.checked_mul(unit_minutes)?;
        (1..=MAX_DAYS * MINUTES_A_DAY).contains(&minutes).then_some(Self::Minutes(minutes))
    }

    /// The instant from which an order made at `created_at` is closed if still unpaid.
    pub fn ends_at(self, created_at: Timestamp) -> Timestamp {
        match self {
            Self::Minutes(minutes) => beijing::after(created_at, SignedDuration::from_mins(minutes)),
            Self::EndOfDay => beijing::end_of_day(created_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_is_a_whole_number_of_a_known_unit() {
        assert_eq!(Life::parse("3m"), Some(Life::Minutes(3)));
        assert_eq!(Life::parse("2h"), Some(Life::Minutes(120)));
        assert_eq!(Life::parse("15d"), Some(Life::LONGEST));
        assert_eq!(Life::parse("1c"), Some(Life::EndOfDay));
        for text in ["", "m", "0m", "1.5h", "16d", "3", "3s", "-1m", "2c", "分"] {
            assert_eq!(Life::parse(text), None, "{text}");
        }
    }
}
