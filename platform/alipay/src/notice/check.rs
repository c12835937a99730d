//! Whether a genuine notice fits the order that it names (alipay.md §7.3).

use super::Notice;
use crate::amount::{Amount, Currency};

/// What the stored order says, for [`Notice::check`].
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The amount that was ordered, in the pricing currency.
    pub amount: Amount,
    /// The settlement currency, which a notice may name instead.
    pub settlement_currency: Currency,
    /// The PID that the order was made with.
    pub partner: &'a str,
    /// The buyer that was given to create.
    pub buyer_id: Option<&'a str>,
}

/// A genuine notice that contradicts the stored order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// Another amount, or none.
    #[error("the amount of the notice is not that of the order")]
    Amount,
    /// Another currency.
    #[error("the currency of the notice is not that of the order")]
    Currency,
    /// Another receiver, or none.
    #[error("the notice is about money for another seller")]
    Seller,
    /// Another payer.
    #[error("the notice names another buyer than the order")]
    Buyer,
}

impl Notice {
    /// Compares with the stored order (alipay.md §7.3, points 3 and 4).
    ///
    /// The seller must be named and be ours: Alipay may sign for many merchants with one key, and another merchant can
    /// point the notices of an order of its own, with our number, at our address. Currency and buyer are compared
    /// where they are named.
    ///
    /// # Errors
    /// [`Mismatch`] names the first field that differs.
    pub fn check(&self, expected: &Expected<'_>) -> Result<(), Mismatch> {
        if self.seller_id.as_deref() != Some(expected.partner) {
            return Err(Mismatch::Seller);
        }
        if let Some(code) = &self.currency {
            let named: Currency = code.parse().map_err(|_| Mismatch::Currency)?;
            if named != expected.amount.currency() && named != expected.settlement_currency {
                return Err(Mismatch::Currency);
            }
        }
        if self.amount(expected.amount.currency()) != Ok(expected.amount) {
            return Err(Mismatch::Amount);
        }
        match (self.buyer_id.as_deref(), expected.buyer_id) {
            (Some(named), Some(ours)) if named != ours => Err(Mismatch::Buyer),
            _ => Ok(()),
        }
    }
}
