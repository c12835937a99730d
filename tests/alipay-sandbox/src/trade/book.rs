//! All trades of the sandbox and the commands on them, called by the gateways, the cashier and a
//! simulation. Every command is told the time, and first closes what has lapsed, so that no timer is
//! needed for a right answer. Must not read a clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{Order, Refusal, Trade, TradeStatus};
use crate::beijing;

/// Cancel works until this long after the Beijing midnight that ends the day of payment (§9.2).
const CANCEL_GRACE: SignedDuration = SignedDuration::from_mins(15);

type Key = (String, String);

/// Trades by Alipay's number, with the merchants' numbers as index.
#[derive(Debug, Default)]
pub struct TradeBook {
    trades: BTreeMap<String, Trade>,
    numbers: BTreeMap<Key, String>,
    /// Numbers cancelled before any create arrived: a late create under them fails.
    barred: BTreeSet<Key>,
    /// Unpaid trades by the instant at which they close.
    unpaid: BTreeSet<(Timestamp, String)>,
    /// Closed by themselves and not yet reported by [`TradeBook::expire`].
    lapsed: Vec<String>,
    made: u64,
}

/// An accepted create.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// Alipay's number; the same for every repeat.
    pub trade_no: String,
    /// False when this create only repeated an earlier one.
    pub is_new: bool,
}

/// What a cancel did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It was unpaid.
    Close,
    /// It was paid; the money went back.
    Refund,
}

/// An accepted cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancelled {
    /// Absent for a number never seen.
    pub trade_no: Option<String>,
    /// Absent for a number never seen.
    pub action: Option<Action>,
    /// False when it had been closed before.
    pub is_new: bool,
}

impl TradeBook {
    /// Places an order, or recognises it (idempotent by partner and number).
    ///
    /// # Errors
    /// `TRADE_BUYER_NOT_MATCH`, `CONTEXT_INCONSISTENT`, `TRADE_HAS_SUCCESS`, `TRADE_HAS_CLOSE`.
    pub fn create(&mut self, order: Order, now: Timestamp) -> Result<Created, Refusal> {
        let key = (order.partner.clone(), order.out_trade_no.clone());
        if self.barred.contains(&key) {
            return Err(Refusal::TradeHasClose);
        }
        let Some(trade_no) = self.numbers.get(&key).cloned() else {
            return Ok(self.open(key, order, now));
        };
        let trade = self.current(&trade_no, now)?;
        if trade.order.buyer_id != order.buyer_id {
            return Err(Refusal::TradeBuyerNotMatch);
        }
        if trade.order.terms != order.terms {
            return Err(Refusal::ContextInconsistent);
        }
        match trade.status {
            TradeStatus::WaitBuyerPay => {
                trade.order.notify = order.notify;
                Ok(Created { trade_no, is_new: false })
            }
            TradeStatus::TradeSuccess | TradeStatus::TradeFinished => Err(Refusal::TradeHasSuccess),
            TradeStatus::TradeClosed => Err(Refusal::TradeHasClose),
        }
    }

    /// The buyer pays. Only the buyer named by create can.
    ///
    /// # Errors
    /// `TRADE_NOT_EXIST`, `TRADE_BUYER_NOT_MATCH`, `TRADE_HAS_SUCCESS`, `TRADE_HAS_CLOSE`.
    pub fn pay(&mut self, trade_no: &str, buyer_id: &str, now: Timestamp) -> Result<&Trade, Refusal> {
        self.payable(trade_no, buyer_id, now)?;
        self.pay_as(trade_no, buyer_id, now)
    }

    /// Whether [`Self::pay`] would be accepted; what the cashier asks before it opens.
    ///
    /// # Errors
    /// As [`Self::pay`].
    pub fn payable(&mut self, trade_no: &str, buyer_id: &str, now: Timestamp) -> Result<&Trade, Refusal> {
        let trade = self.current(trade_no, now)?;
        if trade.order.buyer_id != buyer_id {
            return Err(Refusal::TradeBuyerNotMatch);
        }
        match trade.status {
            TradeStatus::WaitBuyerPay => Ok(trade),
            TradeStatus::TradeSuccess | TradeStatus::TradeFinished => Err(Refusal::TradeHasSuccess),
            TradeStatus::TradeClosed => Err(Refusal::TradeHasClose),
        }
    }

    /// A fault: whoever it is pays, buyer or not.
    ///
    /// # Errors
    /// `TRADE_NOT_EXIST`, `TRADE_HAS_SUCCESS`, `TRADE_HAS_CLOSE`.
    pub fn pay_as(&mut self, trade_no: &str, payer_id: &str, now: Timestamp) -> Result<&Trade, Refusal> {
        let trade = self.current(trade_no, now)?;
        match trade.status {
            TradeStatus::WaitBuyerPay => {
                let mark = (trade.expires_at, trade.trade_no.clone());
                self.unpaid.remove(&mark);
                let trade = self.current(trade_no, now)?;
                trade.status = TradeStatus::TradeSuccess;
                trade.payer_id = Some(payer_id.to_owned());
                trade.paid_at = Some(now);
                Ok(trade)
            }
            TradeStatus::TradeSuccess | TradeStatus::TradeFinished => Err(Refusal::TradeHasSuccess),
            TradeStatus::TradeClosed => Err(Refusal::TradeHasClose),
        }
    }

    /// Closes an unpaid trade or refunds a paid one; a number never seen is barred and succeeds.
    /// `trade_no` wins over `out_trade_no` where both are given.
    ///
    /// # Errors
    /// `TRADE_CANCEL_TIME_OUT`, `TRADE_HAS_FINISHED`; `TRADE_NOT_EXIST` for an unknown `trade_no`.
    pub fn cancel(
        &mut self,
        partner: &str,
        out_trade_no: &str,
        trade_no: Option<&str>,
        now: Timestamp,
    ) -> Result<Cancelled, Refusal> {
        let key = (partner.to_owned(), out_trade_no.to_owned());
        let known = match trade_no {
            Some(number) => Some(self.owned(partner, number).ok_or(Refusal::TradeNotExist)?),
            None => self.numbers.get(&key).cloned(),
        };
        let Some(number) = known else {
            let is_new = self.barred.insert(key);
            return Ok(Cancelled { trade_no: None, action: None, is_new });
        };
        let trade = self.current(&number, now)?;
        let (action, is_new) = match (trade.status, trade.paid_at) {
            (TradeStatus::WaitBuyerPay, _) => (Action::Close, true),
            (TradeStatus::TradeSuccess, Some(paid_at)) => {
                if now >= beijing::after(beijing::end_of_day(paid_at), CANCEL_GRACE) {
                    return Err(Refusal::TradeCancelTimeOut);
                }
                (Action::Refund, true)
            }
            (TradeStatus::TradeClosed, Some(_)) => (Action::Refund, false),
            (TradeStatus::TradeClosed, None) => (Action::Close, false),
            (TradeStatus::TradeFinished, _) => return Err(Refusal::TradeHasFinished),
            (TradeStatus::TradeSuccess, None) => return Err(Refusal::ReasonIllegalStatus),
        };
        if is_new {
            trade.status = TradeStatus::TradeClosed;
            trade.ended_at = Some(now);
            let mark = (trade.expires_at, number.clone());
            self.unpaid.remove(&mark);
        }
        Ok(Cancelled { trade_no: Some(number), action: Some(action), is_new })
    }

    /// The contract's refund period is over.
    ///
    /// # Errors
    /// `TRADE_NOT_EXIST`; `REASON_ILLEGAL_STATUS` unless the trade is paid.
    pub fn finish(&mut self, trade_no: &str, now: Timestamp) -> Result<&Trade, Refusal> {
        let trade = self.current(trade_no, now)?;
        if trade.status != TradeStatus::TradeSuccess {
            return Err(Refusal::ReasonIllegalStatus);
        }
        trade.status = TradeStatus::TradeFinished;
        trade.ended_at = Some(now);
        Ok(trade)
    }

    /// Closes every trade whose unpaid life is over; returns, once each, the numbers of those that
    /// closed by themselves since the last call.
    pub fn expire(&mut self, now: Timestamp) -> Vec<String> {
        self.let_lapse(now);
        std::mem::take(&mut self.lapsed)
    }

    /// A partner's trade by either number; Alipay's number wins.
    pub fn find(
        &mut self,
        partner: &str,
        out_trade_no: Option<&str>,
        trade_no: Option<&str>,
        now: Timestamp,
    ) -> Option<&Trade> {
        self.let_lapse(now);
        let number = match (trade_no, out_trade_no) {
            (Some(number), _) => self.owned(partner, number)?,
            (None, Some(out)) => self.numbers.get(&(partner.to_owned(), out.to_owned()))?.clone(),
            (None, None) => return None,
        };
        self.trades.get(&number)
    }

    /// A trade by Alipay's number, whoever's it is.
    pub fn get(&self, trade_no: &str) -> Option<&Trade> {
        self.trades.get(trade_no)
    }

    /// All trades, oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Trade> {
        self.trades.values()
    }

    fn open(&mut self, key: Key, order: Order, now: Timestamp) -> Created {
        self.made = self.made.saturating_add(1);
        let trade_no = format!("{}220014{:014}", beijing::day(now), self.made);
        let trade = Trade {
            trade_no: trade_no.clone(),
            expires_at: order.life.ends_at(now),
            order,
            status: TradeStatus::WaitBuyerPay,
            payer_id: None,
            created_at: now,
            paid_at: None,
            ended_at: None,
        };
        self.numbers.insert(key, trade_no.clone());
        self.unpaid.insert((trade.expires_at, trade_no.clone()));
        self.trades.insert(trade_no.clone(), trade);
        Created { trade_no, is_new: true }
    }

    fn owned(&self, partner: &str, trade_no: &str) -> Option<String> {
        self.trades.get(trade_no).filter(|trade| trade.order.partner == partner).map(|trade| trade.trade_no.clone())
    }

    fn current(&mut self, trade_no: &str, now: Timestamp) -> Result<&mut Trade, Refusal> {
        self.let_lapse(now);
        self.trades.get_mut(trade_no).ok_or(Refusal::TradeNotExist)
    }

    fn let_lapse(&mut self, now: Timestamp) {
        while self.unpaid.first().is_some_and(|(ends_at, _)| *ends_at <= now) {
            let Some((ends_at, trade_no)) = self.unpaid.pop_first() else {
                return;
            };
            if let Some(trade) = self.trades.get_mut(&trade_no) {
                trade.status = TradeStatus::TradeClosed;
                trade.ended_at = Some(ends_at);
                self.lapsed.push(trade_no);
            }
        }
    }
}
