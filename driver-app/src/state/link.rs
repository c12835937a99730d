//! The link to the platform as the state sees it: greeting, refusal, numbered commands until they are acknowledged,
//! reports, and the polls for open bills. [`crate::link`] moves the frames.

use std::time::Duration;

use fareway_shared::{
    handshake::{Hello, Welcome},
    id::BillId,
    protocol::car::{CarCommand, CarReport, CommandOutcome, FromCar, LinkRefusal, SignedCommand, ToCar},
    signature::Signed,
    statement::BillStatement,
};
use rand::RngCore;

use super::{Car, Effects, Moment, Order, Sentence, State, Unit, clock::Anchor, ledger::Settled};

/// How long a greeting may wait for its answer.
const GREETING: Duration = Duration::from_secs(15);
/// Commands on their way at one time.
const WINDOW: usize = 32;

/// How the link stands.
#[derive(Clone, Debug)]
pub(super) enum Link {
    Down,
    /// An enrolment request is on its way.
    Enrolling,
    /// A greeting is on its way; its answer must name our nonce.
    Greeting {
        nonce: [u8; 32],
        deadline: Duration,
    },
    /// The platform has proven itself.
    Up(Session),
    /// The platform refused; the connection is closing or closed.
    Refused(LinkRefusal),
}

/// What belongs to one connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    sent_up_to: u64,
    reported: Option<CarReport>,
    /// Bills that were stated again because the platform had not heard of them; once per connection.
    restated: Vec<BillId>,
}

/// The link as the screen shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkView {
    /// No connection.
    Down,
    /// Connected, not greeted yet.
    Connecting,
    /// The platform has proven itself.
    Up,
    /// Refused.
    Refused(LinkRefusal),
}

impl Link {
    pub(super) fn is_up(&self) -> bool {
        matches!(self, Self::Up(_))
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        match self {
            Self::Greeting { deadline, .. } => Some(*deadline),
            _ => None,
        }
    }

    pub(super) fn view(&self) -> LinkView {
        match self {
            Self::Down => LinkView::Down,
            Self::Enrolling | Self::Greeting { .. } => LinkView::Connecting,
            Self::Up(_) => LinkView::Up,
            Self::Refused(reason) => LinkView::Refused(*reason),
        }
    }
}

impl State {
    pub(super) fn hear(&mut self, frame: ToCar, now: Moment, random: &mut dyn RngCore, effects: &mut Effects) {
        match (frame, &self.link) {
            (ToCar::Challenge { nonce }, Link::Down | Link::Refused(_)) => {
                self.challenged(&nonce, now, random, effects);
            }
            (ToCar::Enrolled { grant }, Link::Enrolling) => self.enrolled(&grant, effects),
            (ToCar::Welcome { welcome }, Link::Greeting { nonce, .. }) => {
                let nonce = *nonce;
                self.welcomed(&welcome, &nonce, now, effects);
            }
            (ToCar::Refused { reason }, _) => self.refused(reason, effects),
            (ToCar::CommandDone { number, outcome }, Link::Up(_)) => self.command_done(number, outcome, now, effects),
            (ToCar::Envelope { envelope, .. }, Link::Up(_)) => self.envelope(&envelope, now, effects),
            (ToCar::InheritBill { inheritance }, Link::Up(_)) => self.inherit(&inheritance, now, random, effects),
            (ToCar::NewPlatformKey { sequence, announcement }, Link::Up(_)) => {
                self.new_platform_key(sequence, &announcement, now, effects);
            }
            (ToCar::Told { sequence, notice }, Link::Up(_)) => self.told(sequence, &notice, now, effects),
            (ToCar::FixRefused { zh, en }, Link::Up(_)) => self.note = Some(Sentence { zh, en }),
            (ToCar::BillProgress { bill, version, progress }, Link::Up(_)) => {
                self.bill_progress(bill, version, progress, now);
            }
            (frame, _) => {
                effects
                    .warn(format!("The platform's frame does not fit the moment, so the link is dropped: {frame:?}"));
                self.link_lost();
                effects.orders.push(Order::DropLink);
            }
        }
    }

    fn challenged(&mut self, challenge: &[u8; 32], now: Moment, random: &mut dyn RngCore, effects: &mut Effects) {
        let Unit::Ready(car) = &self.unit else {
            match self.enrol.request(challenge) {
                Some(request) => {
                    self.link = Link::Enrolling;
                    effects.send(FromCar::Enrol(request));
                }
                None => effects.orders.push(Order::RestLink),
            }
            return;
        };
        let mut nonce = [0; 32];
        random.fill_bytes(&mut nonce);
        let hello = Hello {
            device: car.ledger.device,
            challenge: *challenge,
            nonce,
            last_sequence: car.ledger.last_sequence,
            last_command: car.ledger.last_command,
            platform_key: car.identity.grant.platform_key,
        };
        effects.send(FromCar::Hello(hello.seal(&car.identity.key)));
        self.link = Link::Greeting { nonce, deadline: now.tick.saturating_add(GREETING) };
    }

    fn welcomed(&mut self, welcome: &Signed, nonce: &[u8; 32], now: Moment, effects: &mut Effects) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let platform_key = &car.identity.grant.platform_key;
        let welcome = match Welcome::open(welcome, platform_key, car.ledger.device, nonce) {
            Ok(welcome) => welcome,
            Err(error) => {
                effects.warn(format!("Whoever answered the greeting is not the platform: {error}"));
                self.link_lost();
                effects.orders.push(Order::DropLink);
                return;
            }
        };
        if welcome.last_command > car.ledger.last_command {
            let why = format!(
                "the platform has command {} of this unit, but its memory ends at {}",
                welcome.last_command, car.ledger.last_command
            );
            effects.warn(format!("The memory of this unit is older than what it has sent: {why}"));
            self.unit = Unit::Damaged(why);
            self.link_lost();
            effects.orders.push(Order::RestLink);
            return;
        }
        self.trusted = Some(Anchor::new(welcome.server_time, now));
        self.link = Link::Up(Session::default());
        self.poll_soon(now);
    }

    fn refused(&mut self, reason: LinkRefusal, effects: &mut Effects) {
        effects.warn(format!("The platform refused the link: {reason:?}"));
        if let Unit::Ready(_) = self.unit {
            self.link = Link::Refused(reason);
            effects.orders.push(if reason == LinkRefusal::Busy { Order::DropLink } else { Order::RestLink });
        } else {
            self.link = Link::Down;
            self.enrol.refused(reason, effects);
        }
    }

    /// The connection is gone. A refusal stays on the screen until the platform greets again.
    pub(super) fn link_lost(&mut self) {
        if !matches!(self.link, Link::Refused(_)) {
            self.link = Link::Down;
        }
        self.progress.clear();
    }

    pub(super) fn link_tick(&mut self, now: Moment, effects: &mut Effects) {
        if self.link.deadline().is_some_and(|deadline| deadline <= now.tick) {
            self.link_lost();
            effects.orders.push(Order::DropLink);
        }
    }

    fn command_done(&mut self, number: u64, outcome: CommandOutcome, now: Moment, effects: &mut Effects) {
        let Unit::Ready(car) = &mut self.unit else { return };
        let Some(place) = car.ledger.commands.iter().position(|queued| queued.number == number) else { return };
        let Some(queued) = car.ledger.commands.remove(place) else { return };
        let (zh, en) = match outcome {
            CommandOutcome::Done => return applied(car, queued.command),
            CommandOutcome::Refused { code, zh, en } => {
                effects.warn(format!("The platform refused command {number} ({code}): {en}"));
                (zh, en)
            }
        };
        let sentence = Sentence { zh, en };
        match queued.command {
            CarCommand::OpenBill { statement, .. } => {
                let went_back =
                    stated_bill(car, &statement).is_some_and(|(bill, version)| bill.was_refused(version, &sentence));
                if went_back {
                    self.note = Some(sentence);
                    // It may have been paid meanwhile.
                    self.poll_soon(now);
                }
            }
            CarCommand::EndBill { bill, .. } => {
                if let Some(bill) = car.ledger.bill_mut(bill) {
                    bill.ending = None;
                }
                self.note = Some(sentence);
            }
            CarCommand::AcceptOffer { offer } => {
                car.ledger.ride.forget_offer(offer);
                self.note = Some(sentence);
            }
            CarCommand::SetDuty { .. } => {
                // The platform has not let the driver on duty; what it has is off duty.
                car.ledger.ride.duty = fareway_shared::protocol::car::Duty::OffShift;
                self.note = Some(sentence);
            }
            CarCommand::MoveTrip { .. } => self.note = Some(sentence),
            _ => {}
        }
    }

    /// Sends what the platform has not acknowledged, a window at a time, and the report if it changed.
    pub(super) fn flush(&mut self, effects: &mut Effects) {
        let report = self.report();
        let (Link::Up(session), Unit::Ready(car)) = (&mut self.link, &self.unit) else { return };
        let sent_up_to = session.sent_up_to;
        let under_way = car.ledger.commands.iter().filter(|queued| queued.number <= sent_up_to).count();
        let unsent = car.ledger.commands.iter().filter(|queued| queued.number > sent_up_to);
        let room = WINDOW.saturating_sub(under_way);
        for queued in unsent.take(room) {
            match SignedCommand::seal(car.ledger.device, queued.number, &queued.command, &car.identity.key) {
                Ok(command) => effects.send(FromCar::Command(command)),
                Err(error) => effects.warn(format!("Command {} cannot be written: {error}", queued.number)),
            }
            session.sent_up_to = queued.number;
        }
        if report.is_some() && session.reported != report {
            session.reported.clone_from(&report);
            effects.orders.extend(report.map(|report| Order::ToPlatform(Box::new(FromCar::Report(report)))));
        }
    }

    /// The platform has never heard of a bill: state it again, once per connection.
    pub(super) fn restate(&mut self, bill: BillId) {
        let (Link::Up(session), Unit::Ready(car)) = (&mut self.link, &mut self.unit) else { return };
        if session.restated.contains(&bill) {
            return;
        }
        let on_its_way = car.ledger.commands.iter().any(|queued| {
            matches!(&queued.command, CarCommand::OpenBill { statement, .. }
                if BillStatement::open(statement, &car.identity.key.public()).is_ok_and(|stated| stated.bill == bill))
        });
        let Some(known) = car.ledger.bill(bill).filter(|bill| bill.is_open() && !on_its_way) else { return };
        let command =
            CarCommand::OpenBill { statement: known.statement.seal(&car.identity.key), record: known.record.clone() };
        session.restated.push(bill);
        car.ledger.issue(command);
    }
}

/// The bill of a statement of ours, and the version that was stated.
fn stated_bill<'a>(car: &'a mut Car, statement: &Signed) -> Option<(&'a mut super::ledger::Bill, u32)> {
    let stated = BillStatement::open(statement, &car.identity.key.public()).ok()?;
    Some((car.ledger.bill_mut(stated.bill)?, stated.version))
}

fn applied(car: &mut Car, command: CarCommand) {
    match command {
        CarCommand::OpenBill { statement, .. } => {
            if let Some((bill, version)) = stated_bill(car, &statement) {
                bill.was_opened(version);
            }
        }
        CarCommand::EndBill { bill, how, .. } => {
            if let Some(bill) = car.ledger.bill_mut(bill) {
                bill.ending = None;
                bill.settled.get_or_insert(Settled::Ended(how));
            }
        }
        _ => {}
    }
}
