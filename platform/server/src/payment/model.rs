//! One attempt to collect one bill, and what may happen to it.

use std::time::Duration;

use fareway_shared::{
    id::{BillId, FleetId, PaymentId, VehicleId},
    money::Money,
    time::Timestamp,
};

/// Our number for an order: letters, digits and underscore, at most 64, never reused.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OutTradeNo(pub String);

impl OutTradeNo {
    /// The number of an attempt, made from its id.
    #[must_use]
    pub fn of(payment: PaymentId) -> Self {
        Self(format!("FW{}", payment.0.simple()))
    }
}

impl std::fmt::Display for OutTradeNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentState {
    /// Stored; nothing was sent yet.
    Created,
    /// The order is being placed, or the program died while it was.
    Submitted,
    /// Alipay has the order and waits for the passenger.
    AwaitingBuyer,
    /// Alipay did not say clearly what became of it; it is asked again.
    Unknown,
    /// Being cancelled; only a definite answer ends this.
    Cancelling,
    /// The money was taken.
    Captured,
    /// Ended without money.
    Closed,
    /// The machine is at its end; a person has it in the inbox.
    NeedsPerson,
}

impl PaymentState {
    /// All states, for tables.
    pub const ALL: [Self; 8] = [
        Self::Created,
        Self::Submitted,
        Self::AwaitingBuyer,
        Self::Unknown,
        Self::Cancelling,
        Self::Captured,
        Self::Closed,
        Self::NeedsPerson,
    ];

    /// The word in the database and on the console.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Submitted => "submitted",
            Self::AwaitingBuyer => "awaiting_buyer",
            Self::Unknown => "unknown",
            Self::Cancelling => "cancelling",
            Self::Captured => "captured",
            Self::Closed => "closed",
            Self::NeedsPerson => "needs_person",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether money may still arrive through it, so that no second order may be opened beside it.
    #[must_use]
    pub fn is_live(self) -> bool {
        matches!(self, Self::Created | Self::Submitted | Self::AwaitingBuyer | Self::Unknown | Self::Cancelling)
    }
}

/// Why an attempt ended without money, or is being ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// It ran out of time.
    Expired,
    /// The wallet refused it.
    Refused,
    /// Another phone took over.
    TakenOver,
    /// The driver ended the bill.
    BillEnded,
    /// The bill got a new version.
    BillRestated,
    /// Alipay closed it.
    ClosedByAlipay,
}

impl CloseReason {
    const ALL: [Self; 6] =
        [Self::Expired, Self::Refused, Self::TakenOver, Self::BillEnded, Self::BillRestated, Self::ClosedByAlipay];

    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::TakenOver => "taken_over",
            Self::BillEnded => "bill_ended",
            Self::BillRestated => "bill_restated",
            Self::ClosedByAlipay => "closed_by_alipay",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// Where captured money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Application {
    /// Nothing was captured.
    None,
    /// It covers the bill.
    ToBill,
    /// Nobody owes it: it lies in suspense and is on its way back.
    Suspense,
    /// It went back.
    Refunded,
}

impl Application {
    const ALL: [Self; 4] = [Self::None, Self::ToBill, Self::Suspense, Self::Refunded];

    /// The word in the database.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ToBill => "to_bill",
            Self::Suspense => "suspense",
            Self::Refunded => "refunded",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|application| application.word() == word)
    }
}

/// One attempt to collect one version of one bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// The fleet.
    pub fleet: FleetId,
    /// The attempt.
    pub id: PaymentId,
    /// The bill.
    pub bill: BillId,
    /// The version of the bill that it collects.
    pub bill_version: u32,
    /// The car.
    pub vehicle: VehicleId,
    /// Our number.
    pub out_trade_no: OutTradeNo,
    /// Alipay's number, once known.
    pub trade_no: Option<String>,
    /// The payer's Alipay user id.
    pub buyer: String,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentState,
    /// Why it ended or is being ended.
    pub close_reason: Option<CloseReason>,
    /// Where the money went.
    pub application: Application,
    /// Minor units booked to suspense on a notice that did not match, until they are settled.
    pub suspense_minor: i64,
    /// Seed of the live scene.
    pub scene_seed: [u8; 16],
    /// When it was opened.
    pub created_at: Timestamp,
    /// When the passenger's time is over.
    pub expires_at: Timestamp,
    /// When the money was taken.
    pub captured_at: Option<Timestamp>,
    /// Optimistic lock: the row's revision as loaded.
    pub revision: i64,
}

/// What Alipay says of an order, by notice, query or answer; the adapter speaks no other words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The money was taken.
    Paid(Paid),
    /// The order stands and waits for the passenger.
    Waiting {
        /// Alipay's number, where it was told.
        trade_no: Option<String>,
    },
    /// Timed out, cancelled, or fully refunded after capture: our own state tells which.
    Closed,
    /// Alipay does not know the number (yet).
    NotFound,
    /// No clear answer.
    Unclear,
}

/// What Alipay says of taken money. A field that was not told is `None` and agrees with anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paid {
    /// Alipay's number.
    pub trade_no: String,
    /// The payer.
    pub buyer: Option<String>,
    /// How much, in the currency told or else in the order's.
    pub amount: Money,
    /// When, where it was told.
    pub paid_at: Option<Timestamp>,
}

/// What became of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing new.
    AlreadyMade,
    /// The state moved, without money.
    Moved,
    /// The money was taken just now; the caller applies it.
    Captured,
    /// The attempt ended without money just now.
    Closed,
    /// The money was taken while the order is being cancelled: only the cancellation's answer says whether it stays.
    Held,
    /// Alipay's facts are not those of the order.
    Mismatch(Mismatch),
}

/// How taken money differs from the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// Another amount.
    Amount,
    /// Another currency.
    Currency,
    /// Another payer than the order was made for.
    Buyer,
    /// Another seller: not our money.
    Seller,
    /// Another trade number than the order has.
    TradeNo,
}

impl Payment {
    /// A fresh attempt.
    #[must_use]
    pub fn open(
        id: PaymentId,
        bill: &crate::bill::model::Bill,
        buyer: &str,
        scene_seed: [u8; 16],
        life: Duration,
        now: Timestamp,
    ) -> Self {
        Self {
            fleet: bill.fleet,
            id,
            bill: bill.id,
            bill_version: bill.version,
            vehicle: bill.vehicle,
            out_trade_no: OutTradeNo::of(id),
            trade_no: None,
            buyer: buyer.to_owned(),
            amount: bill.total,
            state: PaymentState::Created,
            close_reason: None,
            application: Application::None,
            suspense_minor: 0,
            scene_seed,
            created_at: now,
            expires_at: now.after(life),
            captured_at: None,
            revision: 0,
        }
    }

    /// Takes in what Alipay says. State only moves forward: captured money never becomes closed, and money for a closed
    /// order is captured late rather than dropped.
    pub fn observe(&mut self, observation: &Observation) -> Step {
        match observation {
            Observation::Paid(paid) => self.observe_paid(paid),
            Observation::Waiting { trade_no } => match self.state {
                PaymentState::Created | PaymentState::Submitted | PaymentState::Unknown
                    if trade_no.is_some() || self.trade_no.is_some() =>
                {
                    self.trade_no = trade_no.clone().or(self.trade_no.take());
                    self.state = PaymentState::AwaitingBuyer;
                    Step::Moved
                }
                _ => Step::AlreadyMade,
            },
            Observation::Closed => match self.state {
                state if state.is_live() => {
                    self.state = PaymentState::Closed;
                    self.close_reason = self.close_reason.or(Some(CloseReason::ClosedByAlipay));
                    Step::Closed
                }
                _ => Step::AlreadyMade,
            },
            Observation::NotFound | Observation::Unclear => match self.state {
                PaymentState::Created | PaymentState::Submitted => {
                    self.state = PaymentState::Unknown;
                    Step::Moved
                }
                _ => Step::AlreadyMade,
            },
        }
    }

    fn observe_paid(&mut self, paid: &Paid) -> Step {
        if let Some(mismatch) = self.mismatch(paid) {
            return Step::Mismatch(mismatch);
        }
        // A late word of money that has gone back already pays nothing.
        if self.state == PaymentState::Captured || self.application == Application::Refunded {
            return Step::AlreadyMade;
        }
        if self.state == PaymentState::Cancelling {
            return Step::Held;
        }
        self.state = PaymentState::Captured;
        self.trade_no = Some(paid.trade_no.clone());
        self.captured_at = paid.paid_at;
        Step::Captured
    }

    fn mismatch(&self, paid: &Paid) -> Option<Mismatch> {
        if paid.amount.currency != self.amount.currency {
            Some(Mismatch::Currency)
        } else if paid.amount != self.amount {
            Some(Mismatch::Amount)
        } else if paid.buyer.as_ref().is_some_and(|buyer| *buyer != self.buyer) {
            Some(Mismatch::Buyer)
        } else if self.trade_no.as_ref().is_some_and(|trade_no| *trade_no != paid.trade_no) {
            Some(Mismatch::TradeNo)
        } else {
            None
        }
    }

    /// Begins to cancel a live attempt; nothing happens to one that is over. Returns whether it changed.
    pub fn begin_cancel(&mut self, reason: CloseReason) -> bool {
        let cancels = self.state.is_live() && self.state != PaymentState::Cancelling;
        if cancels {
            self.state = PaymentState::Cancelling;
            self.close_reason = Some(reason);
        }
        cancels
    }

    /// The cancellation has run its course and did not return money: from now on what Alipay says of the order counts.
    pub fn end_cancel(&mut self) {
        if self.state == PaymentState::Cancelling {
            self.state = PaymentState::Unknown;
        }
    }

    /// The wallet refused the order for good.
    pub fn refuse(&mut self) {
        self.state = PaymentState::Closed;
        self.close_reason = Some(CloseReason::Refused);
    }
}

#[cfg(test)]
mod tests {
    use fareway_shared::money::Currency;

    use super::*;

    fn payment(state: PaymentState) -> Payment {
        let id = uuid::Uuid::nil();
        Payment {
            fleet: FleetId(id),
            id: PaymentId(id),
            bill: BillId(id),
            bill_version: 1,
            vehicle: VehicleId(id),
            out_trade_no: OutTradeNo::of(PaymentId(id)),
            trade_no: Some("T1".into()),
            buyer: "2088102150477652".into(),
            amount: Money::new(2340, Currency::CNY),
            state,
            close_reason: None,
            application: Application::None,
            suspense_minor: 0,
            scene_seed: [0; 16],
            created_at: Timestamp(0),
            expires_at: Timestamp(1),
            captured_at: None,
            revision: 0,
        }
    }

    fn paid() -> Paid {
        Paid {
            trade_no: "T1".into(),
            buyer: Some("2088102150477652".into()),
            amount: Money::new(2340, Currency::CNY),
            paid_at: Some(Timestamp(9)),
        }
    }

    #[test]
    fn every_state_meets_every_observation() {
        use PaymentState as S;
        for state in S::ALL {
            let after = |observation: Observation| {
                let mut payment = payment(state);
                let step = payment.observe(&observation);
                (step, payment.state)
            };
            let captured = match state {
                S::Captured => (Step::AlreadyMade, S::Captured),
                S::Cancelling => (Step::Held, S::Cancelling),
                _ => (Step::Captured, S::Captured),
            };
            assert_eq!(after(Observation::Paid(paid())), captured, "{state:?} + paid");
            let waiting = match state {
                S::Created | S::Submitted | S::Unknown => (Step::Moved, S::AwaitingBuyer),
                other => (Step::AlreadyMade, other),
            };
            assert_eq!(after(Observation::Waiting { trade_no: Some("T1".into()) }), waiting, "{state:?} + waiting");
            let closed = if state.is_live() { (Step::Closed, S::Closed) } else { (Step::AlreadyMade, state) };
            assert_eq!(after(Observation::Closed), closed, "{state:?} + closed");
            let unclear = match state {
                S::Created | S::Submitted => (Step::Moved, S::Unknown),
                other => (Step::AlreadyMade, other),
            };
            assert_eq!(after(Observation::Unclear), unclear, "{state:?} + unclear");
            assert_eq!(after(Observation::NotFound), unclear, "{state:?} + not found");
        }
    }

    #[test]
    fn money_that_has_gone_back_is_never_captured() {
        let mut returned = Payment { application: Application::Refunded, ..payment(PaymentState::Closed) };
        assert_eq!(returned.observe(&Observation::Paid(paid())), Step::AlreadyMade);
        assert_eq!(returned.state, PaymentState::Closed);
    }

    #[test]
    fn money_taken_during_a_cancellation_waits_for_its_answer() {
        let mut cancelling = payment(PaymentState::AwaitingBuyer);
        cancelling.begin_cancel(CloseReason::TakenOver);
        assert_eq!(cancelling.observe(&Observation::Paid(paid())), Step::Held);
        cancelling.end_cancel();
        assert_eq!(cancelling.observe(&Observation::Paid(paid())), Step::Captured);
    }

    #[test]
    fn money_that_differs_in_any_way_is_never_captured() {
        let cases = [
            (Paid { amount: Money::new(2341, Currency::CNY), ..paid() }, Mismatch::Amount),
            (Paid { amount: Money::new(2340, Currency::THB), ..paid() }, Mismatch::Currency),
            (Paid { buyer: Some("2088000000000000".into()), ..paid() }, Mismatch::Buyer),
            (Paid { trade_no: "T2".into(), ..paid() }, Mismatch::TradeNo),
        ];
        for (paid, mismatch) in cases {
            for state in PaymentState::ALL {
                let mut payment = payment(state);
                assert_eq!(payment.observe(&Observation::Paid(paid.clone())), Step::Mismatch(mismatch));
                assert_eq!(payment.state, state);
            }
        }
        let mut untold = payment(PaymentState::AwaitingBuyer);
        assert_eq!(untold.observe(&Observation::Paid(Paid { buyer: None, ..paid() })), Step::Captured);
    }

    #[test]
    fn only_a_live_attempt_begins_to_cancel() {
        for state in PaymentState::ALL {
            let mut payment = payment(state);
            let expected = state.is_live() && state != PaymentState::Cancelling;
            assert_eq!(payment.begin_cancel(CloseReason::TakenOver), expected, "{state:?}");
        }
    }

    #[test]
    fn our_number_is_legal_for_alipay() {
        let number = OutTradeNo::of(PaymentId(uuid::Uuid::from_u128(u128::MAX))).0;
        assert!(number.len() <= 64 && number.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
