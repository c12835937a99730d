//! Alipay's word for the state of an order, in notices and query answers (alipay.md §7.3).

use std::fmt;

/// `trade_status`. A word that is not known is kept as it came; it never means paid.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TradeStatus {
    /// Created, not paid.
    WaitBuyerPay,
    /// Paid and refundable; stays so after partial refunds.
    Success,
    /// Paid and no longer refundable.
    Finished,
    /// Two meanings: ended unpaid, **or** fully refunded after payment. The caller's own state tells which.
    Closed,
    /// Paid, but the receiving account cannot take the money yet.
    Pending,
    /// Anything else.
    Other(String),
}

impl TradeStatus {
    /// Reads the wire word.
    pub fn read(word: &str) -> Self {
        match word {
            "WAIT_BUYER_PAY" => Self::WaitBuyerPay,
            "TRADE_SUCCESS" => Self::Success,
            "TRADE_FINISHED" => Self::Finished,
            "TRADE_CLOSED" => Self::Closed,
            "TRADE_PENDING" => Self::Pending,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The wire word.
    pub fn word(&self) -> &str {
        match self {
            Self::WaitBuyerPay => "WAIT_BUYER_PAY",
            Self::Success => "TRADE_SUCCESS",
            Self::Finished => "TRADE_FINISHED",
            Self::Closed => "TRADE_CLOSED",
            Self::Pending => "TRADE_PENDING",
            Self::Other(word) => word,
        }
    }

    /// Whether it means paid: only `TRADE_SUCCESS` and `TRADE_FINISHED` do.
    pub const fn is_paid(&self) -> bool {
        matches!(self, Self::Success | Self::Finished)
    }
}

impl fmt::Display for TradeStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::TradeStatus;

    #[test]
    fn only_two_words_mean_paid_and_every_word_survives() {
        for word in
            ["WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED", "TRADE_PENDING", "NEW_WORD", ""]
        {
            let status = TradeStatus::read(word);
            assert_eq!(status.word(), word);
            assert_eq!(status.is_paid(), ["TRADE_SUCCESS", "TRADE_FINISHED"].contains(&word));
        }
    }
}
