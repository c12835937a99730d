//! Money as Alipay writes it: decimal text on the wire, whole minor units in here.
//!
//! Called by the gateways (in) and by answers, notices and the cashier (out). Arithmetic is
//! checked, and there is next to none: the sandbox only compares and repeats amounts.

use std::fmt;

/// Most that one order may ask for: 100,000,000.00 (alipay.md §5).
const MAX_MAJOR: i64 = 100_000_000;

/// An amount with its currency; equality is equality of value, so `38.5` equals `38.50`.
#[derive(Clone, PartialEq, Eq)]
pub struct Amount {
    minor: i64,
    currency: String,
}

impl Amount {
    /// Reads `total_fee`: at most two decimals, none at all for JPY and KRW, 0.01 to 100000000.
    pub fn parse(text: &str, currency: &str) -> Option<Self> {
        if !is_currency(currency) {
            return None;
        }
        let exponent = exponent(currency);
        let (major, fraction) = match text.split_once('.') {
            Some((_, "")) => return None,
            Some((major, fraction)) => (major, fraction),
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if major.is_empty() || major.len() > 9 || fraction.len() > exponent || !digits(major) || !digits(fraction) {
            return None;
        }
        let minor: i64 = format!("{major}{fraction:0<exponent$}").parse().ok()?;
        let most = MAX_MAJOR.checked_mul(scale(exponent))?;
        (1..=most).contains(&minor).then(|| Self { minor, currency: currency.to_owned() })
    }

    /// ISO 4217 code, upper case.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// This price for so many pieces.
    pub fn times(&self, pieces: i64) -> Option<Self> {
        Some(Self { minor: self.minor.checked_mul(pieces)?, currency: self.currency.clone() })
    }

    /// The same order at another price, one minor unit off: what a wrong notice claims.
    pub fn slightly_wrong(&self) -> Self {
        let minor = if self.minor > 1 { self.minor.saturating_sub(1) } else { self.minor.saturating_add(1) };
        Self { minor, currency: self.currency.clone() }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = exponent(&self.currency);
        if exponent == 0 {
            return write!(f, "{}", self.minor);
        }
        let scale = scale(exponent);
        write!(f, "{}.{:0exponent$}", self.minor.div_euclid(scale), self.minor.rem_euclid(scale))
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.currency)
    }
}

/// Three upper-case letters.
pub fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn exponent(currency: &str) -> usize {
    if matches!(currency, "JPY" | "KRW") { 0 } else { 2 }
}

const fn scale(exponent: usize) -> i64 {
    if exponent == 0 { 1 } else { 100 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_compared_by_value_and_written_with_their_decimals() {
        let amount = Amount::parse("38.5", "HKD").unwrap();
        assert_eq!(amount, Amount::parse("38.50", "HKD").unwrap());
        assert_eq!(amount.to_string(), "38.50");
        assert_eq!(Amount::parse("0.01", "HKD").unwrap().to_string(), "0.01");
        assert_eq!(Amount::parse("1200", "JPY").unwrap().to_string(), "1200");
        assert_ne!(amount, amount.slightly_wrong());
        assert_ne!(Amount::parse("0.01", "HKD"), Some(Amount::parse("0.01", "HKD").unwrap().slightly_wrong()));
    }

    #[test]
    fn what_is_not_an_amount_is_refused() {
        for text in ["", "0", "0.00", "-1", "1.", ".5", "1.234", "1,000", "1e3", " 1", "100000000.01", "9999999999"] {
            assert_eq!(Amount::parse(text, "HKD"), None, "{text}");
        }
        assert_eq!(Amount::parse("12.00", "JPY"), None);
        assert_eq!(Amount::parse("12.00", "hkd"), None);
        assert!(Amount::parse("100000000.00", "HKD").is_some());
    }
}
