//! What the screen shows of a state: plain values, compared in tests, drawn by [`crate::ui`]. Only the running clock and
//! the live scene move between two views.

use fareway_shared::{
    code::{SCREEN_CODE_PERIOD_S, bill_code, screen_code},
    envelope::verdict::{Cover, Finding, NotPaid},
    id::{BillId, OfferId, TripId},
    meter::{MeterState, RunningFare},
    money::Money,
    protocol::car::{BillProgress, Duty, EndedHow},
    ride::{Ride, TripStage},
    statement::{BillLine, FareSource},
    time::Timestamp,
};

use super::{
    LinkView, Moment, Opened, Purpose, Sentence, State, Unit,
    enrol::Problem,
    ledger::{Bill, Face, Strip},
};

/// The screen.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// The page.
    pub page: Page,
    /// The car's plate; empty before enrolment.
    pub plate: String,
    /// The link to the platform.
    pub link: LinkView,
    /// The meter's position.
    pub meter: MeterState,
    /// The meter is not heard: its position is old, its amount is not shown.
    pub meter_stale: bool,
    /// Bills that wait for money.
    pub unsettled: usize,
    /// Confirmations for bills that are not on the screen, oldest first.
    pub strips: Vec<StripView>,
    /// Whether the driver takes rides.
    pub duty: Duty,
    /// What the driver should know besides.
    pub notes: Vec<Note>,
    /// The platform's word on something the driver asked for, until it is dismissed.
    pub sentence: Option<Sentence>,
    /// Sequences of verdicts that this view shows and that were not reported as shown.
    pub unreported: Vec<u64>,
}

/// One page for each situation.
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// The memory cannot be trusted: the sentence says why. A fresh enrolment helps.
    Damaged(String),
    /// Not enrolled: what is typed, whether an attempt is under way, what went wrong.
    Enrol {
        /// Letters typed so far.
        typed: String,
        /// An attempt is under way.
        under_way: bool,
        /// Why the last one came to nothing.
        problem: Option<Problem>,
    },
    /// For hire, signed out, stopped or in trouble: see [`View::meter`].
    Vacant(ScreenCode),
    /// A hire is under way.
    Hired(HireView),
    /// A ride is offered.
    Offer(OfferView),
    /// A reserved trip before its passenger is on board.
    Trip(TripView),
    /// A bill waits for money.
    Bill(BillView),
    /// Money may have moved; the answer is awaited.
    Checking(BillView),
    /// The one green face.
    Paid(PaidView),
    /// A signed negative verdict.
    NotPaid(NotPaidView),
    /// The keypad.
    Keypad(KeypadView),
    /// Every bill that waits for money, newest first.
    Bills(Vec<BillRow>),
}

/// Something the driver should know besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// No trusted time since the start.
    ClockNotSet,
    /// A hire waits for its fare to be keyed.
    FareMissing,
    /// The meter was forced on or off.
    MeterForced,
}

/// What lets a passenger with a sticker link in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenCode {
    /// Three digits.
    pub digits: String,
    /// How long they stand, seconds.
    pub seconds_left: i64,
    /// The sticker's link.
    pub link: String,
}

/// A hire under way.
#[derive(Clone, Debug, PartialEq)]
pub struct HireView {
    /// What the meter shows, only if it says so.
    pub fare: Option<RunningFare>,
    /// For passengers who scan early.
    pub code: ScreenCode,
    /// The reserved ride, if it is one.
    pub ride: Option<Ride>,
}

/// A ride that is offered, with its countdown.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferView {
    /// The offer.
    pub offer: OfferId,
    /// The ride.
    pub ride: Ride,
    /// How far the pick-up is, metres of road.
    pub pickup_m: u32,
    /// How long the car needs to it, seconds.
    pub pickup_s: u32,
    /// The answer counts for so long, seconds.
    pub seconds_left: i64,
    /// The driver has taken it; the platform has not confirmed yet.
    pub taken: bool,
}

/// A reserved trip before its passenger is on board.
#[derive(Clone, Debug, PartialEq)]
pub struct TripView {
    /// The trip.
    pub trip: TripId,
    /// Where it stands.
    pub stage: TripStage,
    /// The ride.
    pub ride: Ride,
    /// The driver must ask for the passenger's number.
    pub pin_wanted: bool,
    /// The driver has said something that only the platform decides, and it has not yet.
    pub waiting: bool,
}

/// A bill that waits for money.
#[derive(Clone, Debug, PartialEq)]
pub struct BillView {
    /// The bill.
    pub bill: BillId,
    /// What the QR code says.
    pub link: String,
    /// The three digits for passengers who scanned the sticker instead.
    pub digits: String,
    /// The whole amount.
    pub total: Money,
    /// What is still to pay.
    pub due: Money,
    /// Meter or keyed.
    pub source: FareSource,
    /// The lines.
    pub lines: Vec<BillLine>,
    /// The meter's surcharge; beside the amount, never in it.
    pub surcharge: Option<Money>,
    /// The platform's hint.
    pub progress: Option<BillProgress>,
    /// The platform refused to open it.
    pub refused: Option<Sentence>,
    /// An extra may still be added.
    pub may_change: bool,
}

/// The face of a paid bill.
#[derive(Clone, Debug, PartialEq)]
pub struct PaidView {
    /// The bill.
    pub bill: BillId,
    /// Which envelope.
    pub sequence: u64,
    /// The whole amount.
    pub total: Money,
    /// How it is covered.
    pub cover: Cover,
    /// Drawn again after a start.
    pub redrawn: bool,
}

/// The face of a bill that was not paid.
#[derive(Clone, Debug, PartialEq)]
pub struct NotPaidView {
    /// The bill.
    pub bill: BillId,
    /// Which envelope.
    pub sequence: u64,
    /// The whole amount.
    pub total: Money,
    /// Why.
    pub reason: NotPaid,
    /// When the platform said so.
    pub said_at: Timestamp,
    /// Drawn again after a start.
    pub redrawn: bool,
}

/// A confirmation for a bill that is not on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct StripView {
    /// Which envelope.
    pub sequence: u64,
    /// The bill.
    pub bill: BillId,
    /// What was covered.
    pub covered: Money,
    /// The whole amount.
    pub total: Money,
    /// When.
    pub paid_at: Timestamp,
}

/// The keypad.
#[derive(Clone, Debug, PartialEq)]
pub struct KeypadView {
    /// What for.
    pub purpose: Purpose,
    /// What is typed.
    pub digits: String,
    /// It may be confirmed.
    pub complete: bool,
    /// The currency's sign; none before a number.
    pub symbol: &'static str,
    /// It asks for a hire whose record is missing.
    pub record_missing: bool,
}

/// One unsettled bill.
#[derive(Clone, Debug, PartialEq)]
pub struct BillRow {
    /// The bill.
    pub bill: BillId,
    /// What is still to pay.
    pub due: Money,
    /// The whole amount.
    pub total: Money,
    /// When it was stated, by the car's clock.
    pub stated_at: Timestamp,
    /// The last attempt's signed negative verdict.
    pub not_paid: Option<NotPaid>,
    /// The driver has ended it; the platform has not confirmed yet.
    pub ending: Option<EndedHow>,
}

impl State {
    /// The screen at an instant.
    #[must_use]
    pub fn view(&self, now: Moment) -> View {
        let mut view = View {
            page: Page::Damaged(String::new()),
            plate: String::new(),
            link: self.link.view(),
            meter: self.meter.state,
            meter_stale: self.meter.stale,
            unsettled: 0,
            strips: Vec::new(),
            duty: Duty::OffShift,
            notes: Vec::new(),
            sentence: self.note.clone(),
            unreported: Vec::new(),
        };
        match &self.unit {
            Unit::Blank => view.page = self.enrol_page(),
            Unit::Damaged(_) if self.enrol.is_open() => view.page = self.enrol_page(),
            Unit::Damaged(why) => view.page = Page::Damaged(why.clone()),
            Unit::Ready(car) => {
                view.page = self.page(now);
                view.plate.clone_from(&car.identity.grant.plate);
                view.duty = car.ledger.ride.duty;
                view.unsettled = car.ledger.bills.iter().filter(|bill| bill.is_open()).count();
                view.strips = car.ledger.strips.iter().filter_map(strip_view).collect();
                view.unreported = car.ledger.unshown.iter().map(|(_, sequence)| *sequence).collect();
                let notes = [
                    (self.trusted.is_none(), Note::ClockNotSet),
                    (car.ledger.unbilled.is_some() && self.keypad().is_none(), Note::FareMissing),
                    (self.meter.forced, Note::MeterForced),
                ];
                view.notes = notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note).collect();
            }
        }
        view
    }

    /// The instant for codes, clocks and the live scene: trusted time, or the wall clock until there is one.
    #[must_use]
    pub fn display_time(&self, now: Moment) -> Timestamp {
        self.trusted.map_or(now.wall, |anchor| anchor.at(now))
    }

    fn enrol_page(&self) -> Page {
        Page::Enrol {
            typed: self.enrol.typed().to_owned(),
            under_way: self.enrol.is_under_way(),
            problem: self.enrol.problem(),
        }
    }

    fn page(&self, now: Moment) -> Page {
        let Unit::Ready(car) = &self.unit else { return self.enrol_page() };
        let ledger = &car.ledger;
        if self.opened == Opened::Bills {
            let waiting = ledger.bills.iter().rev().filter(|bill| bill.settled.is_none());
            return Page::Bills(waiting.map(row).collect());
        }
        if let Some((purpose, digits)) = self.keypad() {
            return Page::Keypad(KeypadView {
                purpose,
                digits: digits.to_owned(),
                complete: self.keyed_amount().is_some() || self.keyed_number().is_some(),
                symbol: if purpose == Purpose::BoardingNumber { "" } else { car.identity.grant.currency.symbol() },
                record_missing: purpose == Purpose::Fare && ledger.unbilled.is_some(),
            });
        }
        if let Some(face) = ledger.face.as_ref().filter(|face| !face.dismissed) {
            return face_page(face, self.redrawn);
        }
        if let Some(offer) = self.offer_view(now) {
            return Page::Offer(offer);
        }
        if let Some(bill) = ledger.focus.and_then(|id| ledger.bill(id)).filter(|bill| bill.settled.is_none()) {
            return self.bill_page(bill, now);
        }
        let code = self.screen_code(now);
        let trip = ledger.ride.trip.as_ref();
        match (&ledger.hire, trip) {
            (Some(hire), _) => {
                let ride = trip.filter(|trip| trip.trip == hire.trip).map(|trip| trip.ride.clone());
                Page::Hired(HireView { fare: self.meter.fare, code, ride })
            }
            (None, _) if self.is_hired() => Page::Hired(HireView { fare: self.meter.fare, code, ride: None }),
            (None, Some(trip)) => Page::Trip(TripView {
                trip: trip.trip,
                stage: trip.stage,
                ride: trip.ride.clone(),
                pin_wanted: trip.pin_wanted,
                waiting: ledger.waits_for(trip.trip),
            }),
            (None, None) => Page::Vacant(code),
        }
    }

    fn bill_page(&self, bill: &Bill, now: Moment) -> Page {
        let Unit::Ready(car) = &self.unit else { return self.enrol_page() };
        let grant = &car.identity.grant;
        let statement = &bill.statement;
        let code = bill_code(&grant.code_key, statement.bill, statement.version, &statement.nonce);
        let progress = self.progress_of(statement.bill);
        let view = BillView {
            bill: statement.bill,
            link: format!("{}/p/b/{code}", grant.public_url),
            digits: self.screen_code(now).digits,
            total: statement.total,
            due: bill.due(),
            source: statement.source,
            lines: statement.lines.clone(),
            surcharge: bill.record.as_ref().and_then(|record| record.surcharge).filter(|money| money.minor > 0),
            progress,
            refused: bill.refused.clone(),
            may_change: bill.may_change(),
        };
        // "Paid" is a hint like the others: until the envelope is here the screen says that it is checking.
        match progress {
            Some(BillProgress::Checking | BillProgress::Paid) => Page::Checking(view),
            _ => Page::Bill(view),
        }
    }

    fn screen_code(&self, now: Moment) -> ScreenCode {
        let Unit::Ready(car) = &self.unit else {
            return ScreenCode { digits: String::new(), seconds_left: 0, link: String::new() };
        };
        let grant = &car.identity.grant;
        let at = self.display_time(now);
        let into = at.seconds().rem_euclid(SCREEN_CODE_PERIOD_S);
        ScreenCode {
            digits: screen_code(&grant.code_key, at),
            seconds_left: SCREEN_CODE_PERIOD_S.saturating_sub(into),
            link: format!("{}/p/v/{}", grant.public_url, grant.vehicle),
        }
    }
}

fn face_page(face: &Face, redrawn: bool) -> Page {
    let subject = &face.verdict.subject;
    let (bill, sequence, total) = (subject.bill, subject.sequence, face.total);
    match &face.verdict.finding {
        Finding::Covered(cover) => Page::Paid(PaidView { bill, sequence, total, cover: cover.clone(), redrawn }),
        Finding::NotPaid { reason } => {
            Page::NotPaid(NotPaidView { bill, sequence, total, reason: *reason, said_at: subject.server_time, redrawn })
        }
    }
}

fn strip_view(strip: &Strip) -> Option<StripView> {
    let Finding::Covered(cover) = &strip.verdict.finding else { return None };
    Some(StripView {
        sequence: strip.verdict.subject.sequence,
        bill: strip.verdict.subject.bill,
        covered: Money::new(cover.by_wallet_minor.saturating_add(cover.otherwise_minor), cover.currency),
        total: strip.total,
        paid_at: cover.paid_at,
    })
}

fn row(bill: &Bill) -> BillRow {
    BillRow {
        bill: bill.id(),
        due: bill.due(),
        total: bill.statement.total,
        stated_at: bill.statement.stated_at,
        not_paid: bill.not_paid,
        ending: bill.ending,
    }
}
