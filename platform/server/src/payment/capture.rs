//! The one place where money meets its bill: what a capture, a close or a return changes, as one [`Change`].

use std::time::Duration;

use fareway_shared::{
    envelope::verdict::{Cover, Finding, NotPaid, Subject, Verdict},
    money::Money,
    time::Timestamp,
};

use super::{
    ledger::{Ledger, Movement},
    model::{Application, CloseReason, Mismatch, Observation, Payment, PaymentState},
    ports::{Case, Change, TimerChange},
};
use crate::{
    alarm::{Alarm, AlarmKind},
    bill::model::{Bill, BillState, Settlement},
};

/// After facts that differ, Alipay is asked again this much later.
const MISMATCH_ASK_AFTER: Duration = Duration::from_secs(4);

/// How long a car may believe an envelope; after that it asks and gets a fresh one.
pub const VERDICT_LIFE: Duration = Duration::from_secs(120);

/// The payment was just captured: apply the money to the bill, or keep it in suspense until it is returned.
#[must_use]
pub fn captured(case: Case, ledger: &dyn Ledger, now: Timestamp) -> Change {
    let Case { mut payment, mut bill, plate } = case;
    let reference = payment.out_trade_no.to_string();
    let mut change = Change { fleet: Some(payment.fleet), ..Change::default() };
    if payment.suspense_minor != 0 {
        let booked = Money::new(payment.suspense_minor, payment.amount.currency);
        change.postings.push(ledger.post(Movement::OutOfSuspense, &reference, booked));
        payment.suspense_minor = 0;
    }
    let paid_at = *payment.captured_at.get_or_insert(now);
    match bill.take(payment.bill_version, payment.amount, paid_at) {
        Settlement::Covers => {
            payment.application = Application::ToBill;
            change.postings.push(ledger.post(Movement::Capture, &reference, payment.amount));
            change.timers.push(TimerChange::Done { payment: payment.id });
            change.verdict = Some(covered(&payment, &bill, &plate, now));
            change.bill = Some(bill);
        }
        Settlement::NotNeeded => {
            payment.application = Application::Suspense;
            payment.suspense_minor = payment.amount.minor;
            change.postings.push(ledger.post(Movement::ToSuspense, &reference, payment.amount));
            change.timers.push(TimerChange::At { payment: payment.id, due_at: now, attempt: 0 });
            change.alarms.push(alarm(&payment, AlarmKind::MoneyInSuspense, "paid though the bill did not need it"));
        }
    }
    change.payment = Some(payment);
    change
}

/// The payment just ended without money: an ending bill ends, and the driver is told where it concerns him.
#[must_use]
pub fn closed(case: Case, now: Timestamp) -> Change {
    let Case { payment, mut bill, plate } = case;
    let mut change = Change { fleet: Some(payment.fleet), ..Change::default() };
    change.timers.push(TimerChange::Done { payment: payment.id });
    let reason = match payment.close_reason {
        Some(CloseReason::Expired) => Some(NotPaid::Cancelled),
        Some(CloseReason::ClosedByAlipay) => Some(NotPaid::Closed),
        Some(CloseReason::Refused) => Some(NotPaid::Refused),
        Some(CloseReason::TakenOver | CloseReason::BillEnded | CloseReason::BillRestated) | None => None,
    };
    if bill.order_is_gone(now) {
        if bill.state == BillState::LeftUnpaid {
            change.alarms.push(alarm(&payment, AlarmKind::LeftUnpaid, &format!("{} due", bill.total)));
        }
        change.bill = Some(bill);
    } else if let (Some(reason), true) = (reason, bill.is_open() && bill.version == payment.bill_version) {
        change.verdict = Some(Verdict { subject: subject(&bill, &plate, now), finding: Finding::NotPaid { reason } });
    }
    change.payment = Some(payment);
    change
}

/// A cancelled order turned out to have been paid, and Alipay returned the money: both are booked.
#[must_use]
pub fn returned(case: Case, ledger: &dyn Ledger, now: Timestamp) -> Change {
    let mut case = case;
    let reference = case.payment.out_trade_no.to_string();
    let amount = case.payment.amount;
    let mut postings = Vec::new();
    if case.payment.application != Application::Suspense {
        postings.push(ledger.post(Movement::ToSuspense, &reference, amount));
    }
    postings.push(ledger.post(Movement::Return, &reference, amount));
    case.payment.application = Application::Refunded;
    case.payment.suspense_minor = 0;
    if case.payment.state != PaymentState::Captured {
        case.payment.state = PaymentState::Closed;
    }
    let mut change = closed(case, now);
    change.postings = postings;
    change
}

/// Alipay's facts are not those of the order. They never move money to a bill: a person compares them with Alipay's
/// statement, and money that did arrive lies in suspense until then. Another seller's money is not ours to book.
#[must_use]
pub fn mismatched(
    case: Case,
    mismatch: Mismatch,
    observation: &Observation,
    source: &str,
    ledger: &dyn Ledger,
    now: Timestamp,
) -> Change {
    let mut payment = case.payment;
    let detail = format!("{mismatch:?} differs in {source}");
    let mut change = Change {
        fleet: Some(payment.fleet),
        alarms: vec![alarm(&payment, AlarmKind::NoticeMismatch, &detail)],
        ..Change::default()
    };
    let unbooked = payment.suspense_minor == 0 && payment.state != PaymentState::Captured;
    if let (Observation::Paid(paid), true, true) = (observation, unbooked, mismatch != Mismatch::Seller) {
        change.postings.push(ledger.post(Movement::ToSuspense, &payment.out_trade_no.to_string(), paid.amount));
        if paid.amount.currency == payment.amount.currency {
            payment.suspense_minor = paid.amount.minor;
        }
    }
    if payment.state.is_live() && now < payment.expires_at {
        let due_at = now.after(MISMATCH_ASK_AFTER).min(payment.expires_at);
        change.timers.push(TimerChange::At { payment: payment.id, due_at, attempt: 0 });
    } else if payment.state.is_live() {
        payment.state = PaymentState::NeedsPerson;
        change.timers.push(TimerChange::Done { payment: payment.id });
    }
    change.payment = Some(payment);
    change
}

/// The signed verdict of a covered bill, also to renew one that expired before the car saw it.
#[must_use]
pub fn covered(payment: &Payment, bill: &Bill, plate: &str, now: Timestamp) -> Verdict {
    Verdict {
        subject: subject(bill, plate, now),
        finding: Finding::Covered(Cover {
            currency: payment.amount.currency,
            by_wallet_minor: payment.amount.minor,
            otherwise_minor: 0,
            tip_minor: 0,
            trade_no_tail: tail(payment.trade_no.as_deref().unwrap_or_default()),
            payer_tail: tail(&payment.buyer),
            paid_at: payment.captured_at.unwrap_or(now),
            scene_seed: payment.scene_seed,
        }),
    }
}

/// The last four characters: enough to compare, too little to misuse.
#[must_use]
pub fn tail(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(4);
    text.chars().skip(skip).collect()
}

fn subject(bill: &Bill, plate: &str, now: Timestamp) -> Subject {
    Subject {
        fleet: bill.fleet,
        vehicle: bill.vehicle,
        plate: plate.to_owned(),
        trip: bill.trip,
        bill: bill.id,
        version: bill.version,
        nonce: bill.nonce,
        sequence: 0,
        server_time: now,
        valid_until: now.after(VERDICT_LIFE),
    }
}

/// An alarm about a payment.
#[must_use]
pub fn alarm(payment: &Payment, kind: AlarmKind, detail: &str) -> Alarm {
    Alarm {
        fleet: payment.fleet,
        kind,
        subject: payment.out_trade_no.to_string(),
        vehicle: Some(payment.vehicle),
        detail: detail.to_owned(),
    }
}
