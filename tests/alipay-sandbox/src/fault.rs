//! The menu of misbehaviour: which faults exist, where each can strike, and when one does.
//!
//! The gateways, the authorise page, the cashier and the notifier ask [`FaultBook::strike`] at their
//! [`Point`] and carry out what it says. Faults are armed by hand (API) or drawn from a seed; a draw
//! depends only on seed, point, order and how often it was asked, so the order of calls does not
//! change who is hit. Pure: no I/O, no clock, no global randomness.

use std::collections::{BTreeMap, VecDeque};

use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Most faults armed at once.
const ARMED_MAX: usize = 1_000;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The notice comes a second time though it was answered `success`.
    NotifyTwice,
    /// The first send waits `by_s` seconds.
    NotifyLate,
    /// The notice is not sent at all.
    NotifyNever,
    /// The order is paid, and its notice sent, before create is answered.
    NotifyBeforeCreate,
    /// The notice states another amount.
    WrongAmount,
    /// The notice states another currency.
    WrongCurrency,
    /// The notice names another seller.
    WrongSeller,
    /// The notice names another buyer.
    WrongBuyer,
    /// The notice names an order number that nobody made.
    UnknownOrder,
    /// A notice or an answer carries a signature that does not fit.
    BadSignature,
    /// The notice comes in GBK whatever the order declared.
    GbkNotice,
    /// The gateway refuses without signature (`is_success=F`), having done nothing.
    UnsignedRefusal,
    /// The gateway does the work and answers without signature.
    UnsignedAnswer,
    /// `SYSTEM_ERROR`, having done nothing.
    SystemError,
    /// The work is done (an order also paid) and the answer never comes in time.
    TimeOutButPaid,
    /// A good auth_code is refused at the exchange.
    AuthCodeRefused,
    /// The authorise page hands out an auth_code that was used already.
    AuthCodeUsed,
    /// Create is refused with `code`.
    CreateRefused,
    /// Create is refused with `TRADE_BUYER_NOT_MATCH`.
    #[serde(alias = "trade_buyer_not_match")]
    BuyerNotMatch,
    /// The PIN is accepted, the trade stays `WAIT_BUYER_PAY`; tradePay says 8000.
    WaitBuyerPay,
    /// Another account than the buyer pays.
    SecondPayer,
    /// The cashier says that another payer has this order open (`ALIN10023`); tradePay says 4000.
    OpenedElsewhere,
    /// The payment fails; tradePay says 4000.
    PayFailed,
    /// The payment is made but the phone loses the network; tradePay says 6002.
    PayOffline,
}

/// Where a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// The authorise page hands out a code.
    AuthCode,
    /// `alipay.system.oauth.token`.
    Token,
    /// `alipay.acquire.create`.
    Create,
    /// `alipay.acquire.overseas.query`.
    Query,
    /// `alipay.acquire.cancel`.
    Cancel,
    /// The cashier takes the PIN.
    Pay,
    /// A notice is made.
    Notice,
}

impl FaultKind {
    /// Every fault, in menu order.
    pub const ALL: [Self; 24] = [
        Self::NotifyTwice,
        Self::NotifyLate,
        Self::NotifyNever,
        Self::NotifyBeforeCreate,
        Self::WrongAmount,
        Self::WrongCurrency,
        Self::WrongSeller,
        Self::WrongBuyer,
        Self::UnknownOrder,
        Self::BadSignature,
        Self::GbkNotice,
        Self::UnsignedRefusal,
        Self::UnsignedAnswer,
        Self::SystemError,
        Self::TimeOutButPaid,
        Self::AuthCodeRefused,
        Self::AuthCodeUsed,
        Self::CreateRefused,
        Self::BuyerNotMatch,
        Self::WaitBuyerPay,
        Self::SecondPayer,
        Self::OpenedElsewhere,
        Self::PayFailed,
        Self::PayOffline,
    ];

    /// Where it can strike; the first is meant when none is named.
    pub fn points(self) -> &'static [Point] {
        match self {
            Self::NotifyTwice
            | Self::NotifyLate
            | Self::NotifyNever
            | Self::WrongAmount
            | Self::WrongCurrency
            | Self::WrongSeller
            | Self::WrongBuyer
            | Self::UnknownOrder
            | Self::GbkNotice => &[Point::Notice],
            Self::BadSignature => &[Point::Notice, Point::Create, Point::Query, Point::Cancel, Point::Token],
            Self::UnsignedRefusal | Self::UnsignedAnswer | Self::SystemError => {
                &[Point::Create, Point::Query, Point::Cancel, Point::Token]
            }
            Self::TimeOutButPaid => &[Point::Create, Point::Query, Point::Cancel],
            Self::NotifyBeforeCreate | Self::CreateRefused | Self::BuyerNotMatch => &[Point::Create],
            Self::AuthCodeRefused => &[Point::Token],
            Self::AuthCodeUsed => &[Point::AuthCode],
            Self::WaitBuyerPay | Self::SecondPayer | Self::OpenedElsewhere | Self::PayFailed | Self::PayOffline => {
                &[Point::Pay]
            }
        }
    }

    fn default_code(self) -> &'static str {
        match self {
            Self::UnsignedRefusal => "ILLEGAL_PARTNER_EXTERFACE",
            Self::CreateRefused => "BUYER_ENABLE_STATUS_FORBID",
            Self::BuyerNotMatch => "TRADE_BUYER_NOT_MATCH",
            Self::PayFailed => "BUYER_BALANCE_NOT_ENOUGH",
            _ => "SYSTEM_ERROR",
        }
    }
}

/// A fault to be armed, as the API takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Which.
    pub fault: FaultKind,
    /// Where, if not at its first point.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Point>,
    /// Only for this order number; else for whichever comes next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_trade_no: Option<String>,
    /// How often it strikes; once if not said.
    #[serde(default = "once")]
    pub next: u32,
    /// The code to answer with, for refusals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How late, in seconds, for `notify_late`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_s: Option<u64>,
}

const fn once() -> u32 {
    1
}

/// Why a fault was not armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ArmError {
    /// It cannot happen there.
    #[error("this fault cannot strike at that point")]
    WrongPoint,
    /// Zero times.
    #[error("`next` must be at least 1")]
    Never,
    /// Too many.
    #[error("{ARMED_MAX} faults are armed already; clear some with DELETE /sandbox/faults")]
    Full,
}

/// A fault that strikes now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strike {
    /// Which.
    pub kind: FaultKind,
    /// The code to answer with.
    pub code: String,
    /// How late, in seconds.
    pub by_s: u64,
}

/// All armed faults, the seeded chance, and the count of hits.
#[derive(Debug, Default)]
pub struct FaultBook {
    armed: VecDeque<(Point, Order)>,
    chance: Option<Chance>,
    turns: BTreeMap<(Point, String), u64>,
    hits: BTreeMap<FaultKind, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Chance {
    seed: u64,
    rate: f64,
}

impl FaultBook {
    /// A book that, besides what is armed, lets `rate` (0 to 1) of all askings go wrong by `seed`.
    pub fn seeded(seed: u64, rate: f64) -> Self {
        let chance = (rate > 0.0).then_some(Chance { seed, rate: rate.min(1.0) });
        Self { chance, ..Self::default() }
    }

    /// Arms a fault.
    ///
    /// # Errors
    /// [`ArmError`] says what to change.
    pub fn arm(&mut self, order: Order) -> Result<(), ArmError> {
        let points = order.fault.points();
        let at = match (order.at, points.first()) {
            (Some(at), _) if points.contains(&at) => at,
            (None, Some(first)) => *first,
            _ => return Err(ArmError::WrongPoint),
        };
        if order.next == 0 {
            return Err(ArmError::Never);
        }
        if self.armed.len() >= ARMED_MAX {
            return Err(ArmError::Full);
        }
        self.armed.push_back((at, order));
        Ok(())
    }

    /// Disarms everything armed by hand; the seeded chance stays.
    pub fn disarm(&mut self) {
        self.armed.clear();
    }

    /// What is armed, oldest first.
    pub fn armed(&self) -> impl Iterator<Item = &Order> {
        self.armed.iter().map(|(_, order)| order)
    }

    /// How often each fault has struck.
    pub fn hits(&self) -> &BTreeMap<FaultKind, u64> {
        &self.hits
    }

    /// Whether something goes wrong at `at` for the order (or, before there is one, the account) `who`.
    pub fn strike(&mut self, at: Point, who: &str) -> Option<Strike> {
        let strike = self.take_armed(at, who).or_else(|| self.draw(at, who))?;
        let count = self.hits.entry(strike.kind).or_default();
        *count = count.saturating_add(1);
        Some(strike)
    }

    fn take_armed(&mut self, at: Point, who: &str) -> Option<Strike> {
        let meant = |(point, order): &(Point, Order)| {
            *point == at && order.out_trade_no.as_deref().is_none_or(|number| number == who)
        };
        let index = self.armed.iter().position(meant)?;
        let (_, order) = self.armed.get_mut(index)?;
        order.next = order.next.saturating_sub(1);
        let strike = Strike {
            kind: order.fault,
            code: order.code.clone().unwrap_or_else(|| order.fault.default_code().to_owned()),
            by_s: order.by_s.unwrap_or(60),
        };
        if order.next == 0 {
            self.armed.remove(index);
        }
        Some(strike)
    }

    fn draw(&mut self, at: Point, who: &str) -> Option<Strike> {
        let Chance { seed, rate } = self.chance?;
        let turn = self.turns.entry((at, who.to_owned())).or_default();
        *turn = turn.saturating_add(1);
        let mut dice = StdRng::seed_from_u64(mix(seed, at, who, *turn));
        if !dice.gen_bool(rate) {
            return None;
        }
        let menu: Vec<_> = FaultKind::ALL.into_iter().filter(|kind| kind.points().contains(&at)).collect();
        let kind = *menu.get(dice.gen_range(0..menu.len().max(1)))?;
        Some(Strike { kind, code: kind.default_code().to_owned(), by_s: dice.gen_range(1..=120) })
    }
}

/// FNV-1a over everything a draw may depend on.
fn mix(seed: u64, at: Point, who: &str, turn: u64) -> u64 {
    let place = format!("{at:?}/{who}/");
    let bytes = seed.to_le_bytes().into_iter().chain(place.into_bytes()).chain(turn.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(json: &str) -> Order {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn an_armed_fault_strikes_its_order_as_often_as_it_was_told() {
        let mut book = FaultBook::default();
        book.arm(order(r#"{"fault":"wrong_amount","out_trade_no":"A2","next":2}"#)).unwrap();
        assert_eq!(book.strike(Point::Notice, "A1"), None);
        assert_eq!(book.strike(Point::Create, "A2"), None);
        assert_eq!(book.strike(Point::Notice, "A2").unwrap().kind, FaultKind::WrongAmount);
        assert!(book.strike(Point::Notice, "A2").is_some());
        assert_eq!(book.strike(Point::Notice, "A2"), None);
        assert_eq!(book.hits().get(&FaultKind::WrongAmount), Some(&2));
    }

    #[test]
    fn a_fault_keeps_to_its_points() {
        let mut book = FaultBook::default();
        book.arm(order(r#"{"fault":"bad_signature","at":"query"}"#)).unwrap();
        assert_eq!(book.strike(Point::Notice, "A1"), None);
        assert!(book.strike(Point::Query, "A1").is_some());
        let wrong = order(r#"{"fault":"second_payer","at":"query"}"#);
        assert_eq!(book.arm(wrong), Err(ArmError::WrongPoint));
        assert_eq!(book.arm(order(r#"{"fault":"notify_never","next":0}"#)), Err(ArmError::Never));
    }

    #[test]
    fn the_same_seed_hits_the_same_orders_in_whatever_sequence_they_come() {
        let numbers: Vec<String> = (0..200).map(|n| format!("A{n}")).collect();
        let mut forward = FaultBook::seeded(7, 0.3);
        let mut backward = FaultBook::seeded(7, 0.3);
        let one: Vec<_> = numbers.iter().map(|n| forward.strike(Point::Notice, n)).collect();
        let mut two: Vec<_> = numbers.iter().rev().map(|n| backward.strike(Point::Notice, n)).collect();
        two.reverse();
        assert_eq!(one, two);
        let hit = one.iter().flatten().count();
        assert!((30..=90).contains(&hit), "{hit} of 200 hit at a rate of 0.3");
    }

    #[test]
    fn without_a_rate_nothing_goes_wrong_by_chance() {
        let mut book = FaultBook::seeded(7, 0.0);
        assert!((0..100).all(|n| book.strike(Point::Notice, &n.to_string()).is_none()));
    }

    #[test]
    fn every_fault_is_on_the_menu_once_and_has_a_point() {
        let mut all = FaultKind::ALL.to_vec();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 24);
        assert!(all.iter().all(|kind| !kind.points().is_empty()));
    }
}
