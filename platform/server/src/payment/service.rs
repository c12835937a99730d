//! The paying phone and the timer: open an attempt, take one over, ask Alipay, cancel, give up to a person.
//!
//! Every step commits before the next call leaves, so that a program that dies anywhere resumes from its rows.

use std::{sync::Arc, time::Duration};

use fareway_shared::{
    id::{BillId, FleetId, PaymentId},
    time::Timestamp,
};

use super::{
    capture,
    error::PaymentError,
    ledger::Ledger,
    model::{Application, CloseReason, Observation, Payment, PaymentState, Step},
    ports::{Books, CancelAnswer, Case, Change, Due, Fresh, Gateway, Order, Outlet, Placed, TimerChange},
};
use crate::{alarm::AlarmKind, store_error::StoreError};

/// How often a change is tried again when another came first.
pub(super) const CONFLICTS_MAX: u32 = 8;
/// How often a cancellation is repeated before a person gets it.
const CANCELS_MAX: u32 = 10;
/// When a fresh order is first asked about, and how often while the passenger is probably looking.
const QUERY_SOON: Duration = Duration::from_secs(4);
/// How often a quiet order is asked about.
const QUERY_LATER: Duration = Duration::from_secs(15);
/// After this an order counts as quiet.
const QUIET_AFTER: Duration = Duration::from_secs(60);

/// What became of a press on "pay".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayResult {
    /// Hand this to the wallet.
    Ready {
        /// Alipay's number.
        trade_no: String,
    },
    /// Another phone has a live order.
    AnotherPhone,
    /// Alipay's answer is not clear yet.
    Checking,
    /// The bill is not open, or not at this version.
    NotOpen,
    /// Alipay refused; sentences for the passenger.
    Refused {
        /// Chinese.
        zh: String,
        /// English.
        en: String,
    },
}

/// The use cases of this slice.
pub struct Payments {
    pub(super) books: Arc<dyn Books>,
    pub(super) gateway: Arc<dyn Gateway>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) outlet: Arc<dyn Outlet>,
    fresh: Arc<dyn Fresh>,
    life: Duration,
}

impl Payments {
    /// Joins the parts. `life` is how long a passenger has to pay one order.
    #[must_use]
    pub fn new(
        books: Arc<dyn Books>,
        gateway: Arc<dyn Gateway>,
        ledger: Arc<dyn Ledger>,
        outlet: Arc<dyn Outlet>,
        fresh: Arc<dyn Fresh>,
        life: Duration,
    ) -> Self {
        Self { books, gateway, ledger, outlet, fresh, life }
    }

    /// Opens this payer's order for a bill, or hands out the one that is open already.
    ///
    /// # Errors
    /// The database, or other changes that keep coming first.
    pub async fn pay(
        &self,
        fleet: FleetId,
        bill: BillId,
        version: u32,
        payer: &str,
        now: Timestamp,
    ) -> Result<PayResult, PaymentError> {
        for _ in 0..CONFLICTS_MAX {
            let Some(found) = self.books.bill(fleet, bill).await? else { return Ok(PayResult::NotOpen) };
            let open = found.version == version
                && matches!(
                    found.state,
                    crate::bill::model::BillState::Issued | crate::bill::model::BillState::LeftUnpaid
                );
            if !open {
                return Ok(PayResult::NotOpen);
            }
            let live = self.books.latest_payment(fleet, bill).await?.filter(|payment| payment.state.is_live());
            match live {
                Some(live) if live.buyer != payer => return Ok(PayResult::AnotherPhone),
                Some(live) if live.bill_version != version => return Ok(PayResult::Checking),
                Some(live) => match (live.state, live.trade_no.clone()) {
                    (PaymentState::AwaitingBuyer, Some(trade_no)) => return Ok(PayResult::Ready { trade_no }),
                    (PaymentState::Cancelling, _) => return Ok(PayResult::Checking),
                    _ => return self.place(fleet, live.id, now).await,
                },
                None => {
                    let id = PaymentId(self.fresh.id(now));
                    let mut payment = Payment::open(id, &found, payer, self.fresh.bytes16(), self.life, now);
                    payment.state = PaymentState::Submitted;
                    let timer = TimerChange::At { payment: id, due_at: now.after(QUERY_LATER), attempt: 0 };
                    // The bill goes along unchanged: if it was paid or ended since it was read, no order is opened.
                    let change = Change {
                        fleet: Some(fleet),
                        bill: Some(found),
                        payment: Some(payment),
                        timers: vec![timer],
                        ..Change::default()
                    };
                    match self.commit(change, now).await {
                        Err(PaymentError::Store(StoreError::Conflict)) => {}
                        done => {
                            done?;
                            return self.place(fleet, id, now).await;
                        }
                    }
                }
            }
        }
        Err(PaymentError::Busy)
    }

    /// Sends the stored order to Alipay and takes in the answer. Repeating it is safe: the number and content are the
    /// same.
    async fn place(&self, fleet: FleetId, id: PaymentId, now: Timestamp) -> Result<PayResult, PaymentError> {
        let Some(case) = self.books.case_of(fleet, id).await? else { return Ok(PayResult::NotOpen) };
        let order = Order {
            fleet,
            out_trade_no: case.payment.out_trade_no.clone(),
            buyer: case.payment.buyer.clone(),
            amount: case.payment.amount,
            vehicle: case.payment.vehicle,
            subject: format!("出租车 Taxi {}", case.plate),
            life: case.payment.expires_at.since(case.payment.created_at),
        };
        let placed = self.gateway.place(&order, now).await;
        match placed {
            Placed::Ready { trade_no } => {
                let waiting = Observation::Waiting { trade_no: Some(trade_no.clone()) };
                self.take_in(fleet, id, &waiting, now).await?;
                Ok(PayResult::Ready { trade_no })
            }
            Placed::Unclear => {
                self.take_in(fleet, id, &Observation::Unclear, now).await?;
                Ok(PayResult::Checking)
            }
            Placed::Refused { zh, en, signed, code } => {
                tracing::warn!(order.number = %order.out_trade_no, refusal.code = %code, refusal.signed = signed,
                    "Alipay refused to place an order");
                if signed {
                    self.refuse(fleet, id, now).await?;
                } else {
                    self.cancel(fleet, id, CloseReason::Refused, now).await?;
                }
                Ok(PayResult::Refused { zh, en })
            }
        }
    }

    async fn refuse(&self, fleet: FleetId, id: PaymentId, now: Timestamp) -> Result<(), PaymentError> {
        self.changing(fleet, id, now, |mut case| {
            case.payment.state.is_live().then(|| {
                case.payment.refuse();
                capture::closed(case, now)
            })
        })
        .await
        .map(drop)
    }

    /// Another phone wants to pay: the live order is cancelled, and only a definite answer opens a new one.
    ///
    /// # Errors
    /// The database, or other changes that keep coming first.
    pub async fn take_over(
        &self,
        fleet: FleetId,
        bill: BillId,
        version: u32,
        payer: &str,
        now: Timestamp,
    ) -> Result<PayResult, PaymentError> {
        let live = self.books.latest_payment(fleet, bill).await?.filter(|payment| payment.state.is_live());
        if let Some(live) = live.filter(|live| live.buyer != payer) {
            self.ask(fleet, live.id, now).await?;
            self.cancel(fleet, live.id, CloseReason::TakenOver, now).await?;
            let after = self.books.case_of(fleet, live.id).await?;
            if after.is_some_and(|case| case.payment.state.is_live()) {
                return Ok(PayResult::Checking);
            }
        }
        self.pay(fleet, bill, version, payer, now).await
    }

    /// Cancels an order: marks it first, then calls, then takes in the answer.
    ///
    /// # Errors
    /// The database, or other changes that keep coming first.
    pub async fn cancel(
        &self,
        fleet: FleetId,
        id: PaymentId,
        reason: CloseReason,
        now: Timestamp,
    ) -> Result<(), PaymentError> {
        let marked = self
            .changing(fleet, id, now, |mut case| {
                case.payment.begin_cancel(reason).then(|| Change {
                    fleet: Some(fleet),
                    timers: vec![TimerChange::At { payment: id, due_at: now.after(QUERY_LATER), attempt: 0 }],
                    payment: Some(case.payment),
                    ..Change::default()
                })
            })
            .await?;
        if marked { self.cancel_step(fleet, id, 0, now).await } else { Ok(()) }
    }

    /// Asks Alipay about an order now.
    ///
    /// # Errors
    /// The database, or other changes that keep coming first.
    pub async fn ask(&self, fleet: FleetId, id: PaymentId, now: Timestamp) -> Result<(), PaymentError> {
        let Some(case) = self.books.case_of(fleet, id).await? else { return Ok(()) };
        let observation = self.gateway.query(fleet, &case.payment.out_trade_no, case.payment.amount, now).await;
        self.take_in(fleet, id, &observation, now).await
    }

    /// A payment's timer fired: do what its state asks for.
    ///
    /// # Errors
    /// The database, or other changes that keep coming first; the timer fires again after its lease.
    pub async fn advance(&self, due: &Due, now: Timestamp) -> Result<(), PaymentError> {
        let Some(case) = self.books.case_of(due.fleet, due.payment).await? else { return Ok(()) };
        let payment = &case.payment;
        match payment.state {
            PaymentState::Cancelling => self.cancel_step(due.fleet, due.payment, due.attempt, now).await,
            PaymentState::Captured if payment.application == Application::Suspense => {
                self.cancel_step(due.fleet, due.payment, due.attempt, now).await
            }
            state if state.is_live() => {
                self.ask(due.fleet, due.payment, now).await?;
                let over = now >= payment.expires_at;
                if over { self.cancel(due.fleet, due.payment, CloseReason::Expired, now).await } else { Ok(()) }
            }
            _ => self.rest(due.fleet, due.payment, now).await,
        }
    }

    async fn rest(&self, fleet: FleetId, payment: PaymentId, now: Timestamp) -> Result<(), PaymentError> {
        let timers = vec![TimerChange::Done { payment }];
        self.commit(Change { fleet: Some(fleet), timers, ..Change::default() }, now).await
    }

    /// Takes in what Alipay says of an order and commits what follows from it.
    pub(super) async fn take_in(
        &self,
        fleet: FleetId,
        id: PaymentId,
        observation: &Observation,
        now: Timestamp,
    ) -> Result<(), PaymentError> {
        self.changing(fleet, id, now, |case| self.follow(case, observation, now)).await.map(drop)
    }

    /// The cancellation has said all that it will: what Alipay says of the order now is how it ended.
    async fn conclude(
        &self,
        fleet: FleetId,
        id: PaymentId,
        observation: &Observation,
        now: Timestamp,
    ) -> Result<(), PaymentError> {
        self.changing(fleet, id, now, |mut case| {
            case.payment.end_cancel();
            self.follow(case, observation, now)
        })
        .await
        .map(drop)
    }

    /// What follows from what Alipay says of an order.
    fn follow(&self, mut case: Case, observation: &Observation, now: Timestamp) -> Option<Change> {
        let step = case.payment.observe(observation);
        match step {
            Step::Captured => Some(capture::captured(case, &*self.ledger, now)),
            Step::Closed => Some(capture::closed(case, now)),
            Step::Mismatch(mismatch) => {
                Some(capture::mismatched(case, mismatch, observation, "a query", &*self.ledger, now))
            }
            Step::Moved | Step::AlreadyMade | Step::Held if case.payment.state.is_live() => {
                let due_at = next_query(&case.payment, now);
                Some(Change {
                    fleet: Some(case.payment.fleet),
                    timers: vec![TimerChange::At { payment: case.payment.id, due_at, attempt: 0 }],
                    payment: (step == Step::Moved).then_some(case.payment),
                    ..Change::default()
                })
            }
            Step::Moved | Step::AlreadyMade | Step::Held => None,
        }
    }

    async fn cancel_step(
        &self,
        fleet: FleetId,
        id: PaymentId,
        attempt: u32,
        now: Timestamp,
    ) -> Result<(), PaymentError> {
        let Some(case) = self.books.case_of(fleet, id).await? else { return Ok(()) };
        let order = case.payment.out_trade_no.clone();
        match self.gateway.cancel(fleet, &order, now).await {
            CancelAnswer::Closed => self.take_in(fleet, id, &Observation::Closed, now).await,
            CancelAnswer::Refunded => self.gone_back(fleet, id, now).await,
            CancelAnswer::DoneUnclear => {
                let observation = self.gateway.query(fleet, &order, case.payment.amount, now).await;
                match observation {
                    // Money that was taken, and an order that is closed: it has gone back.
                    Observation::Closed if case.payment.application == Application::Suspense => {
                        self.gone_back(fleet, id, now).await
                    }
                    Observation::Paid(_) if case.payment.application == Application::Suspense => {
                        self.again(&case, attempt, "cancelled, but the money did not go back", now).await
                    }
                    Observation::NotFound => self.take_in(fleet, id, &Observation::Closed, now).await,
                    Observation::Paid(_) | Observation::Closed => self.conclude(fleet, id, &observation, now).await,
                    Observation::Waiting { .. } | Observation::Unclear => {
                        self.again(&case, attempt, "cancelled, but the outcome is not told", now).await
                    }
                }
            }
            CancelAnswer::Again => self.again(&case, attempt, "the cancellation has no clear answer", now).await,
            CancelAnswer::Never { code } => {
                self.give_up(&case, &format!("the cancellation was refused: {code}"), now).await
            }
        }
    }

    async fn gone_back(&self, fleet: FleetId, id: PaymentId, now: Timestamp) -> Result<(), PaymentError> {
        self.changing(fleet, id, now, |case| {
            let settled = matches!(case.payment.application, Application::Refunded | Application::ToBill);
            (!settled).then(|| capture::returned(case, &*self.ledger, now))
        })
        .await
        .map(drop)
    }

    async fn again(&self, case: &Case, attempt: u32, why: &str, now: Timestamp) -> Result<(), PaymentError> {
        if attempt >= CANCELS_MAX {
            return self.give_up(case, why, now).await;
        }
        let pause = Duration::from_secs(2_u64.saturating_pow(attempt.min(6)));
        let (fleet, payment) = (case.payment.fleet, case.payment.id);
        let timer = TimerChange::At { payment, due_at: now.after(pause), attempt: attempt.saturating_add(1) };
        self.commit(Change { fleet: Some(fleet), timers: vec![timer], ..Change::default() }, now).await
    }

    /// It cannot be cancelled. Money that was taken meanwhile counts; the rest is for a person.
    async fn give_up(&self, case: &Case, why: &str, now: Timestamp) -> Result<(), PaymentError> {
        let Payment { fleet, id, amount, .. } = case.payment;
        let observation = self.gateway.query(fleet, &case.payment.out_trade_no, amount, now).await;
        self.conclude(fleet, id, &observation, now).await?;
        self.give_to_person(fleet, id, why, now).await
    }

    /// The machine is at its end: the inbox has it from now on. Captured money stays captured.
    async fn give_to_person(
        &self,
        fleet: FleetId,
        id: PaymentId,
        why: &str,
        now: Timestamp,
    ) -> Result<(), PaymentError> {
        self.changing(fleet, id, now, |mut case| {
            let open = case.payment.state.is_live() || case.payment.application == Application::Suspense;
            open.then(|| {
                if case.payment.state.is_live() {
                    case.payment.state = PaymentState::NeedsPerson;
                }
                Change {
                    fleet: Some(fleet),
                    alarms: vec![capture::alarm(&case.payment, AlarmKind::PaymentNeedsPerson, why)],
                    timers: vec![TimerChange::Done { payment: id }],
                    payment: Some(case.payment),
                    ..Change::default()
                }
            })
        })
        .await
        .map(drop)
    }

    /// Loads, decides, commits; again from the start when another change came first. Returns whether anything changed.
    pub(super) async fn changing(
        &self,
        fleet: FleetId,
        id: PaymentId,
        now: Timestamp,
        decide: impl Fn(Case) -> Option<Change> + Send + Sync,
    ) -> Result<bool, PaymentError> {
        for _ in 0..CONFLICTS_MAX {
            let Some(case) = self.books.case_of(fleet, id).await? else { return Ok(false) };
            let Some(change) = decide(case) else { return Ok(false) };
            match self.commit(change, now).await {
                Err(PaymentError::Store(StoreError::Conflict)) => {}
                done => return done.map(|()| true),
            }
        }
        Err(PaymentError::Busy)
    }

    pub(super) async fn commit(&self, change: Change, now: Timestamp) -> Result<(), PaymentError> {
        let committed = self.books.commit(change, now).await?;
        self.outlet.committed(committed);
        Ok(())
    }
}

/// Every few seconds while the passenger probably looks at the phone, then more rarely, and once when time is over.
fn next_query(payment: &Payment, now: Timestamp) -> Timestamp {
    let pause = if now.since(payment.created_at) < QUIET_AFTER { QUERY_SOON } else { QUERY_LATER };
    let next = now.after(pause);
    if now < payment.expires_at { next.min(payment.expires_at) } else { next }
}
