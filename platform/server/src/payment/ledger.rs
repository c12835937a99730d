//! Which accounts a movement of money touches. Every posting has one debit and one credit of the same amount, so the
//! books balance by construction; corrections are postings the other way round, never changes.

use fareway_shared::money::Money;

/// An account of one fleet in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// What Alipay holds for the fleet (an asset).
    AlipayReceivable,
    /// Fares earned (income).
    FareIncome,
    /// Money that belongs to nobody yet (a liability).
    Suspense,
}

impl Account {
    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AlipayReceivable => "alipay_receivable",
            Self::FareIncome => "fare_income",
            Self::Suspense => "suspense",
        }
    }
}

/// What moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// A passenger's money covers a bill.
    Capture,
    /// Money arrived that nobody owes.
    ToSuspense,
    /// Money in suspense went back to the passenger.
    Return,
    /// Money in suspense turned out to be the order's own.
    OutOfSuspense,
}

impl Movement {
    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::ToSuspense => "to_suspense",
            Self::Return => "return",
            Self::OutOfSuspense => "out_of_suspense",
        }
    }
}

/// One balanced entry. The same movement of the same reference is posted once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// What moved.
    pub movement: Movement,
    /// Which order: our number, or Alipay's where ours is unknown.
    pub reference: String,
    /// The account that gains.
    pub debit: Account,
    /// The account that gives.
    pub credit: Account,
    /// How much.
    pub money: Money,
}

/// Says which accounts a movement touches.
pub trait Ledger: Send + Sync {
    /// The balanced entry of a movement.
    fn post(&self, movement: Movement, reference: &str, money: Money) -> Posting;
}

/// The first chart of accounts: what Alipay owes us, what we earned, and what is nobody's.
#[derive(Clone, Copy, Debug, Default)]
pub struct StreetHailLedger;

impl Ledger for StreetHailLedger {
    fn post(&self, movement: Movement, reference: &str, money: Money) -> Posting {
        let (debit, credit) = match movement {
            Movement::Capture => (Account::AlipayReceivable, Account::FareIncome),
            Movement::ToSuspense => (Account::AlipayReceivable, Account::Suspense),
            Movement::Return | Movement::OutOfSuspense => (Account::Suspense, Account::AlipayReceivable),
        };
        Posting { movement, reference: reference.to_owned(), debit, credit, money }
    }
}

#[cfg(test)]
mod tests {
    use fareway_shared::money::Currency;

    use super::*;

    #[test]
    fn what_went_to_suspense_and_back_leaves_nothing_behind() {
        let money = Money::new(2340, Currency::CNY);
        let there = StreetHailLedger.post(Movement::ToSuspense, "FW1", money);
        let back = StreetHailLedger.post(Movement::Return, "FW1", money);
        assert_eq!((there.debit, there.credit), (back.credit, back.debit));
    }
}
