//! Alipay's notifications. A verified one is answered `success` once it is durably recorded, mismatches included; an
//! unverified one is answered `fail`, changes nothing, and at most makes us ask Alipay ourselves.

use std::time::Duration;

use fareway_shared::{money::Money, time::Timestamp};

use super::{
    capture,
    error::PaymentError,
    ledger::Movement,
    model::{Mismatch, Observation, OutTradeNo, Step},
    ports::{Case, Change, NoticeFacts, NoticeRecord, TimerChange},
    service::{CONFLICTS_MAX, Payments},
};
use crate::{
    alarm::{Alarm, AlarmKind},
    store_error::StoreError,
};

/// The answer to Alipay: exactly one of two words (alipay.md §7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Recorded; do not send it again.
    Success,
    /// Not believed or not recorded; send it again.
    Fail,
}

/// An unverified notice makes us ask no sooner than this.
const ASK_AFTER_FORGERY: Duration = Duration::from_secs(5);

impl Payments {
    /// Takes in a notice as received. The key is chosen by the stored order's fleet, never by the message.
    ///
    /// # Errors
    /// The database; Alipay is answered `fail` and sends again.
    pub async fn notice(&self, body: &[u8], now: Timestamp) -> Result<Reply, PaymentError> {
        let Some(claimed) = self.gateway.claimed_order(body) else {
            tracing::warn!(notice.bytes = body.len(), "a notice names no order");
            return Ok(Reply::Fail);
        };
        for _ in 0..CONFLICTS_MAX {
            let Some(case) = self.books.case(&claimed).await? else {
                return self.notice_for_nobody(&claimed, body, now).await;
            };
            let facts = match self.gateway.verify_notice(case.payment.fleet, body, Some(case.payment.amount)) {
                Ok(facts) => facts,
                Err(error) => {
                    tracing::warn!(order.number = %claimed, %error, "a notice was not believed");
                    if case.payment.state.is_live() {
                        let soon = now.after(ASK_AFTER_FORGERY);
                        self.books.hasten(case.payment.fleet, case.payment.id, soon).await?;
                    }
                    return Ok(Reply::Fail);
                }
            };
            if !self.gateway.second_proof(case.payment.fleet, &facts.notify_id).await {
                return Ok(Reply::Fail);
            }
            match self.apply_notice(case, &facts, body, now).await {
                Err(PaymentError::Store(StoreError::Conflict)) => {}
                done => return done.map(|()| Reply::Success),
            }
        }
        Err(PaymentError::Busy)
    }

    async fn apply_notice(
        &self,
        mut case: Case,
        facts: &NoticeFacts,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), PaymentError> {
        let record = |handling| NoticeRecord {
            notify_id: facts.notify_id.clone(),
            out_trade_no: facts.out_trade_no.to_string(),
            trade_status: facts.trade_status.clone(),
            handling,
            body: body.to_vec(),
        };
        let takes_money = matches!(facts.observation, Observation::Paid(_));
        let unsettled = case.payment.state != super::model::PaymentState::Captured;
        if takes_money && facts.seller_is_ours && !facts.complete && unsettled {
            return self.ask_before_capture(case, record("asked"), now).await;
        }
        let step = if facts.seller_is_ours {
            case.payment.observe(&facts.observation)
        } else {
            Step::Mismatch(Mismatch::Seller)
        };
        let change = match step {
            Step::AlreadyMade => return Ok(()),
            Step::Captured => Change { notice: Some(record("applied")), ..capture::captured(case, &*self.ledger, now) },
            Step::Closed => Change { notice: Some(record("applied")), ..capture::closed(case, now) },
            // Whether the money stays is for the cancellation to say; it is asked at once.
            Step::Held => Change {
                fleet: Some(case.payment.fleet),
                notice: Some(record("held")),
                timers: vec![TimerChange::At { payment: case.payment.id, due_at: now, attempt: 0 }],
                ..Change::default()
            },
            Step::Moved => Change {
                fleet: Some(case.payment.fleet),
                notice: Some(record("applied")),
                payment: Some(case.payment),
                ..Change::default()
            },
            Step::Mismatch(mismatch) => {
                let source = format!("notice {}", facts.notify_id);
                let change = capture::mismatched(case, mismatch, &facts.observation, &source, &*self.ledger, now);
                Change { notice: Some(record("quarantined")), ..change }
            }
        };
        self.commit(change, now).await
    }

    /// The notice did not tell currency or buyer: keep it, and let one query agree before money is captured.
    async fn ask_before_capture(&self, case: Case, notice: NoticeRecord, now: Timestamp) -> Result<(), PaymentError> {
        let (fleet, id) = (case.payment.fleet, case.payment.id);
        let change = Change {
            fleet: Some(fleet),
            notice: Some(notice),
            timers: vec![TimerChange::At { payment: id, due_at: now, attempt: 0 }],
            ..Change::default()
        };
        self.commit(change, now).await?;
        self.ask(fleet, id, now).await
    }

    /// No order of ours has this number. Each fleet's key is tried, since money for an unknown order is still money.
    async fn notice_for_nobody(
        &self,
        claimed: &OutTradeNo,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Reply, PaymentError> {
        let believed = self
            .gateway
            .fleets()
            .into_iter()
            .find_map(|fleet| self.gateway.verify_notice(fleet, body, None).ok().map(|facts| (fleet, facts)));
        let Some((fleet, facts)) = believed else {
            tracing::warn!(order.number = %claimed, "a notice for an unknown order was not believed");
            return Ok(Reply::Fail);
        };
        let money: Option<Money> = match &facts.observation {
            Observation::Paid(paid) if facts.seller_is_ours => Some(paid.amount),
            _ => None,
        };
        let change = Change {
            fleet: Some(fleet),
            notice: Some(NoticeRecord {
                notify_id: facts.notify_id.clone(),
                out_trade_no: claimed.to_string(),
                trade_status: facts.trade_status.clone(),
                handling: "quarantined",
                body: body.to_vec(),
            }),
            postings: money
                .map(|money| self.ledger.post(Movement::ToSuspense, &claimed.0, money))
                .into_iter()
                .collect(),
            alarms: vec![Alarm {
                fleet,
                kind: if money.is_some() { AlarmKind::MoneyInSuspense } else { AlarmKind::NoticeMismatch },
                subject: claimed.to_string(),
                vehicle: None,
                detail: format!("notice {} is for an order that was never made here", facts.notify_id),
            }],
            ..Change::default()
        };
        self.commit(change, now).await?;
        Ok(Reply::Success)
    }
}
