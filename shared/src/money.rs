//! Money: whole minor units of one currency, checked arithmetic only. There are no operators, so nothing wraps and
//! nothing mixes two currencies unseen. Decimal text exists at the edges (Alipay, screens).

use serde::{Deserialize, Serialize};

/// What can go wrong with an amount.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The code is not one that Fareway knows.
    #[error("`{0}` is not a currency Fareway knows; use the ISO 4217 code, such as CNY or THB")]
    UnknownCurrency(String),
    /// Two currencies met in one sum.
    #[error("{left} and {right} cannot be added or compared")]
    CurrencyMismatch {
        /// The currency on the left.
        left: Currency,
        /// The currency on the right.
        right: Currency,
    },
    /// The sum does not fit.
    #[error("the amount is too large")]
    Overflow,
    /// The text is no decimal number, or has more decimals than the currency.
    #[error("`{0}` is not an amount in this currency")]
    NotAnAmount(String),
}

/// ISO 4217 codes and their exponents (how many decimals a minor unit stands behind).
const KNOWN: [(&str, u8); 36] = [
    ("AED", 2),
    ("AUD", 2),
    ("BHD", 3),
    ("BND", 2),
    ("BRL", 2),
    ("CAD", 2),
    ("CHF", 2),
    ("CNY", 2),
    ("CZK", 2),
    ("DKK", 2),
    ("EUR", 2),
    ("GBP", 2),
    ("HKD", 2),
    ("HUF", 2),
    ("IDR", 2),
    ("INR", 2),
    ("JPY", 0),
    ("KHR", 2),
    ("KRW", 0),
    ("KWD", 3),
    ("MNT", 2),
    ("MOP", 2),
    ("MYR", 2),
    ("NOK", 2),
    ("NZD", 2),
    ("OMR", 3),
    ("PHP", 2),
    ("PLN", 2),
    ("SEK", 2),
    ("SGD", 2),
    ("THB", 2),
    ("TRY", 2),
    ("TWD", 2),
    ("USD", 2),
    ("VND", 0),
    ("ZAR", 2),
];

/// A currency by its ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Renminbi.
    pub const CNY: Self = Self(*b"CNY");
    /// Thai baht.
    pub const THB: Self = Self(*b"THB");

    /// Parses an ISO 4217 code in capitals.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`] if the code is not in Fareway's list.
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| MoneyError::UnknownCurrency(code.to_owned()))?;
        KNOWN
            .iter()
            .any(|(known, _)| known.as_bytes() == bytes)
            .then_some(Self(bytes))
            .ok_or_else(|| MoneyError::UnknownCurrency(code.to_owned()))
    }

    /// The ISO 4217 code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// How many decimals the currency has: JPY 0, CNY 2, KWD 3.
    #[must_use]
    pub fn exponent(&self) -> u8 {
        KNOWN.iter().find(|(code, _)| code.as_bytes() == self.0).map_or(2, |(_, exponent)| *exponent)
    }

    /// The sign a passenger reads before the digits.
    #[must_use]
    pub fn symbol(&self) -> &'static str {
        match &self.0 {
            b"CNY" | b"JPY" => "¥",
            b"THB" => "฿",
            b"EUR" => "€",
            b"GBP" => "£",
            b"KRW" => "₩",
            b"HKD" => "HK$",
            b"USD" | b"SGD" | b"AUD" | b"NZD" | b"CAD" => "$",
            b"MYR" => "RM",
            _ => "",
        }
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::fmt::Debug for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

/// An amount: whole minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units (fen, satang); may be negative only in ledger differences.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The sum.
    ///
    /// # Errors
    /// The currencies differ, or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    /// The difference.
    ///
    /// # Errors
    /// The currencies differ, or the difference does not fit.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::new(minor, self.currency))
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch { left: self.currency, right: other.currency })
        }
    }

    /// Decimal text with exactly the currency's decimals: `23.40`, `500` (JPY).
    #[must_use]
    pub fn decimal(self) -> String {
        let exponent = usize::from(self.currency.exponent());
        let digits = format!("{:0width$}", self.minor.unsigned_abs(), width = exponent.saturating_add(1));
        let (whole, fraction) = digits.split_at(digits.len().saturating_sub(exponent));
        let sign = if self.minor < 0 { "-" } else { "" };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    /// Parses decimal text; fewer decimals than the currency has are fine, trailing zeros beyond them too.
    ///
    /// # Errors
    /// [`MoneyError::NotAnAmount`] where the text is no plain decimal or would lose precision.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let bad = || MoneyError::NotAnAmount(text.to_owned());
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let exponent = usize::from(currency.exponent());
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || text.ends_with('.') {
            return Err(bad());
        }
        let kept = fraction.trim_end_matches('0');
        if kept.len() > exponent {
            return Err(bad());
        }
        let minor = format!("{whole}{kept:0<exponent$}").parse::<i64>().map_err(|_| bad())?;
        Ok(Self::new(minor, currency))
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_follow_the_currency() {
        let jpy = Currency::parse("JPY").unwrap();
        let kwd = Currency::parse("KWD").unwrap();
        assert_eq!(Money::new(2340, Currency::CNY).decimal(), "23.40");
        assert_eq!(Money::new(5, Currency::CNY).decimal(), "0.05");
        assert_eq!(Money::new(500, jpy).decimal(), "500");
        assert_eq!(Money::new(1, kwd).decimal(), "0.001");
        assert_eq!(Money::new(-150, Currency::CNY).decimal(), "-1.50");
    }

    #[test]
    fn text_that_would_lose_precision_is_refused() {
        assert_eq!(Money::parse("23.4", Currency::CNY).unwrap().minor, 2340);
        assert_eq!(Money::parse("23.4000", Currency::CNY).unwrap().minor, 2340);
        for bad in ["", ".", "1.", ".5", "1.005", "-1", "+1", "1e3", "1,00", " 1", "99999999999999999999"] {
            assert!(Money::parse(bad, Currency::CNY).is_err(), "{bad} was read as an amount");
        }
    }

    #[test]
    fn two_currencies_never_meet_in_a_sum() {
        let sum = Money::new(1, Currency::CNY).checked_add(Money::new(1, Currency::THB));
        assert!(matches!(sum, Err(MoneyError::CurrencyMismatch { .. })));
        assert_eq!(
            Money::new(i64::MAX, Currency::CNY).checked_add(Money::new(1, Currency::CNY)),
            Err(MoneyError::Overflow)
        );
    }
}
