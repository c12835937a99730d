//! Money at Alipay's edge: decimal text on the wire, whole minor units everywhere else (alipay.md §13.11).
//!
//! Two decimals, except yen and won, which are whole. Texts are compared as decimals, so `38.5` equals `38.50`; nothing
//! here is ever a floating-point number, and no digit is ever rounded away.

use std::fmt;
use std::str::FromStr;

/// Most digits before the point that are looked at; far beyond any fare, well inside `i64` with decimals.
const WHOLE_DIGITS_MAX: usize = 13;

/// A currency as Alipay writes it: three upper-case letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([char; 3]);

/// Not three upper-case letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three upper-case letters, such as HKD")]
pub struct NotACurrency;

impl Currency {
    /// How many decimals its amounts have on the wire.
    pub fn exponent(self) -> usize {
        match self.0 {
            ['J', 'P', 'Y'] | ['K', 'R', 'W'] => 0,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(code: &str) -> Result<Self, NotACurrency> {
        let letters: Vec<char> = code.chars().take(4).collect();
        let letters: [char; 3] = letters.try_into().map_err(|_| NotACurrency)?;
        if letters.iter().all(char::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(NotACurrency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|letter| write!(f, "{letter}"))
    }
}

/// An amount of one currency in its minor unit: cents of HKD, whole yen. Never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

/// Why a text is not an amount of the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not digits with at most one point; signs, commas and exponents are refused.
    #[error("the amount is not a plain decimal number")]
    NotDecimal,
    /// Decimals that the currency does not have, and that are not zero.
    #[error("the amount has more decimals than its currency")]
    TooPrecise,
    /// Below zero or beyond what any payment can be.
    #[error("the amount is out of range")]
    OutOfRange,
}

impl Amount {
    /// An amount of `minor` units.
    ///
    /// # Errors
    /// [`AmountError::OutOfRange`] below zero.
    pub const fn new(minor: i64, currency: Currency) -> Result<Self, AmountError> {
        if minor < 0 { Err(AmountError::OutOfRange) } else { Ok(Self { minor, currency }) }
    }

    /// Reads the text of a message.
    ///
    /// # Errors
    /// [`AmountError`] says what is wrong with it.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, AmountError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !digits(decimals) {
            return Err(AmountError::NotDecimal);
        }
        if whole.len() > WHOLE_DIGITS_MAX {
            return Err(AmountError::OutOfRange);
        }
        let exponent = currency.exponent();
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > exponent {
            return Err(AmountError::TooPrecise);
        }
        let minor = format!("{whole}{decimals:0<exponent$}").parse().map_err(|_| AmountError::OutOfRange)?;
        Ok(Self { minor, currency })
    }

    /// Whole minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

/// The text of a message: `38.50`, or `120` for yen.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = self.currency.exponent();
        if exponent == 0 {
            return write!(f, "{}", self.minor);
        }
        let digits = format!("{:0>width$}", self.minor, width = exponent + 1);
        let (whole, decimals) = digits.split_at(digits.len() - exponent);
        write!(f, "{whole}.{decimals}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, AmountError, Currency};

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn texts_of_one_value_are_one_amount() {
        for text in ["38.5", "38.50", "38.5000", "038.50"] {
            assert_eq!(Amount::parse(text, currency("HKD")).unwrap().minor(), 3850);
        }
        assert_eq!(Amount::parse("120.00", currency("JPY")).unwrap(), Amount::new(120, currency("JPY")).unwrap());
        assert_ne!(Amount::parse("1", currency("HKD")), Amount::parse("1", currency("MOP")));
    }

    #[test]
    fn no_digit_is_rounded_away() {
        assert_eq!(Amount::parse("38.505", currency("HKD")), Err(AmountError::TooPrecise));
        assert_eq!(Amount::parse("120.5", currency("KRW")), Err(AmountError::TooPrecise));
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1,000", "1e3", " 1", "1 ", "1.2.3", "１", "NaN"] {
            assert_eq!(Amount::parse(text, currency("HKD")), Err(AmountError::NotDecimal), "{text:?}");
        }
        assert_eq!(Amount::parse("99999999999999", currency("HKD")), Err(AmountError::OutOfRange));
        assert_eq!(Amount::new(-1, currency("HKD")), Err(AmountError::OutOfRange));
    }

    #[test]
    fn text_has_the_decimals_of_the_currency() {
        for (minor, code, text) in
            [(3850, "HKD", "38.50"), (1, "CNY", "0.01"), (0, "MOP", "0.00"), (120, "JPY", "120"), (5, "KRW", "5")]
        {
            let amount = Amount::new(minor, currency(code)).unwrap();
            assert_eq!(amount.to_string(), text);
            assert_eq!(Amount::parse(text, currency(code)), Ok(amount));
        }
    }

    #[test]
    fn a_currency_is_three_upper_case_letters() {
        for text in ["", "HK", "hkd", "HKDX", "港币元"] {
            assert!(text.parse::<Currency>().is_err());
        }
        assert_eq!(currency("TWD").to_string(), "TWD");
    }
}
