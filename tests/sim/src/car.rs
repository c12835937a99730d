//! A car: the real in-car state with its disk, a meter with its spool, a driver with habits, and a place in town.

use std::{collections::HashSet, time::Duration};

use fareway_driver_app::state::{Action, Identity, Ledger, Memory, Moment, Order, Page, State};
use fareway_shared::{
    fix::{Fix, RawFix},
    id::{OfferId, TripId, VehicleId},
    meter::{MeterState, TripRecord},
    money::{Currency, Money},
    place::LatLng,
    protocol::{
        car::{Duty, EndedHow, FromCar, TripStep},
        meter::{MeterNotice, ToBridge},
    },
    ride::TripStage,
    time::Timestamp,
};
use rand::{Rng, rngs::SmallRng};

use crate::{
    agenda::{Agenda, Event},
    town::{anywhere, drive_s},
};

/// How often things go otherwise, in thousandths.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// Offers that are declined.
    pub declines: u32,
    /// Offers that nobody answers.
    pub silent: u32,
    /// Accepted trips that the driver gives up on the way.
    pub gives_up: u32,
    /// Passengers who are not there.
    pub no_show: u32,
}

/// One car.
pub struct Car {
    /// Which of them.
    pub number: usize,
    /// Its id in the books.
    pub vehicle: VehicleId,
    /// The connection that stands, if one does; every connection has its own number.
    pub session: Option<u64>,
    /// When the last frame of each direction arrives, so that none overtakes another.
    pub there_at: Timestamp,
    /// The same from the platform.
    pub back_at: Timestamp,
    state: State,
    disk: Option<(Identity, Ledger)>,
    /// A connection is wanted, and being made.
    connecting: bool,
    began: Timestamp,
    meter: MeterState,
    spool: Vec<(u64, TripRecord)>,
    trips: u32,
    at: LatLng,
    /// Where the car drives to, and when it is there.
    bound: Option<(LatLng, Timestamp)>,
    decided: HashSet<OfferId>,
    planned: HashSet<(TripId, &'static str)>,
    hired: bool,
    ticking: Option<Duration>,
}

const CNY: Currency = Currency::CNY;

fn after(now: Timestamp, seconds: u64) -> Timestamp {
    now.after(Duration::from_secs(seconds))
}

impl Car {
    /// A blank unit in a car that stands somewhere.
    pub fn new(number: usize, vehicle: VehicleId, began: Timestamp, random: &mut SmallRng) -> Self {
        Self {
            number,
            vehicle,
            session: None,
            there_at: began,
            back_at: began,
            state: State::new(Memory::Blank),
            disk: None,
            connecting: false,
            began,
            meter: MeterState::Vacant,
            spool: Vec::new(),
            trips: 0,
            at: anywhere(random),
            bound: None,
            decided: HashSet::new(),
            planned: HashSet::new(),
            hired: false,
            ticking: None,
        }
    }

    fn moment(&self, now: Timestamp) -> Moment {
        Moment { tick: now.since(self.began), wall: now }
    }

    /// What the screen shows.
    #[must_use]
    pub fn page(&self, now: Timestamp) -> Page {
        self.state.view(self.moment(now)).page
    }

    /// Does something, and enters what follows. Returns the frames that go out.
    pub fn act(&mut self, action: Action, now: Timestamp, agenda: &mut Agenda, random: &mut SmallRng) -> Vec<FromCar> {
        let (next, effects) = self.state.step(action, self.moment(now), random);
        if effects.save_identity || effects.save_ledger {
            self.disk = next.memory().map(|(identity, ledger)| (identity.clone(), ledger.clone()));
        }
        self.state = next;
        let mut frames = Vec::new();
        for order in effects.orders {
            match order {
                Order::OpenLink => self.connect(after(now, 1), agenda),
                Order::DropLink => self.hang_up(after(now, 1), agenda),
                Order::RestLink => self.hang_up(after(now, 60), agenda),
                Order::ToPlatform(frame) => frames.push(*frame),
                Order::ToBridge(ToBridge::TripStored { spool }) => self.spool.retain(|(kept, _)| *kept != spool),
                Order::Warn(_) => {}
            }
        }
        if let Some(due) = self.state.next_due().filter(|due| self.ticking != Some(*due)) {
            self.ticking = Some(due);
            agenda.enter(self.began.after(due).max(now), Event::Tick { car: self.number });
        }
        frames
    }

    /// A tick came.
    pub fn ticked(&mut self) {
        self.ticking = None;
    }

    fn connect(&mut self, at: Timestamp, agenda: &mut Agenda) {
        if self.session.is_none() && !self.connecting {
            self.connecting = true;
            agenda.enter(at, Event::Connected { car: self.number });
        }
    }

    fn hang_up(&mut self, again: Timestamp, agenda: &mut Agenda) {
        self.session = None;
        self.connect(again, agenda);
    }

    /// The connection stands.
    pub fn connected(&mut self, session: u64) {
        self.connecting = false;
        self.session = Some(session);
    }

    /// The connection broke; another is made soon.
    pub fn lost(&mut self, now: Timestamp, agenda: &mut Agenda, random: &mut SmallRng) -> Vec<FromCar> {
        self.session = None;
        let frames = self.act(Action::LinkLost, now, agenda, random);
        self.connect(after(now, random.gen_range(1..20)), agenda);
        frames
    }

    /// The power goes and comes back: only the disk and the meter remember.
    pub fn power_cut(&mut self, now: Timestamp, agenda: &mut Agenda, random: &mut SmallRng) -> Vec<FromCar> {
        let memory = self.disk.clone().map_or(Memory::Blank, |both| Memory::Ready(Box::new(both)));
        self.state = State::new(memory);
        (self.session, self.ticking) = (None, None);
        self.planned.clear();
        self.decided.clear();
        self.connect(after(now, random.gen_range(5..40)), agenda);
        let mut frames = self.meter_says(now, agenda, random);
        for (spool, record) in self.spool.clone() {
            let again = MeterNotice::TripEnded { spool, record };
            frames.extend(self.act(Action::Meter(Box::new(again)), now, agenda, random));
        }
        frames
    }

    /// The bridge tells where the meter stands.
    pub fn meter_says(&mut self, now: Timestamp, agenda: &mut Agenda, random: &mut SmallRng) -> Vec<FromCar> {
        let notice = MeterNotice::State { state: self.meter, stale: false, forced: false, at: now };
        self.act(Action::Meter(Box::new(notice)), now, agenda, random)
    }

    /// The meter is hired.
    pub fn is_hired(&mut self, now: Timestamp, agenda: &mut Agenda, random: &mut SmallRng) -> Vec<FromCar> {
        if self.hired {
            return Vec::new();
        }
        self.hired = true;
        self.meter = MeterState::Hired { time_running: true };
        let started = MeterNotice::TripStarted { started: None, at: now };
        let mut frames = self.act(Action::Meter(Box::new(started)), now, agenda, random);
        frames.extend(self.meter_says(now, agenda, random));
        let to = anywhere(random);
        let drive_s = drive_s(self.place(now), to).max(120);
        self.bound = Some((to, after(now, drive_s)));
        agenda.enter(after(now, drive_s), Event::Stopped { car: self.number });
        frames
    }

    /// The meter stops; its record opens the bill.
    pub fn has_stopped(&mut self, now: Timestamp, agenda: &mut Agenda, random: &mut SmallRng) -> Vec<FromCar> {
        (self.hired, self.meter) = (false, MeterState::Vacant);
        self.at = self.place(now);
        self.bound = None;
        self.trips += 1;
        let record = TripRecord {
            meter_id: format!("M{}", self.number),
            trip_no: self.trips,
            boarded: None,
            alighted: None,
            distance_m: Some(5_000),
            empty_m: None,
            waiting_s: None,
            amount: Money::new(2_000 + i64::from(self.trips), CNY),
            surcharge: None,
            late: false,
            frames_sha256: [7; 32],
            heard_at: now,
        };
        let spool = u64::from(self.trips);
        self.spool.push((spool, record.clone()));
        let ended = MeterNotice::TripEnded { spool, record };
        let mut frames = self.act(Action::Meter(Box::new(ended)), now, agenda, random);
        frames.extend(self.meter_says(now, agenda, random));
        frames
    }

    /// Where the car is: on the straight line to where it is bound.
    fn place(&self, now: Timestamp) -> LatLng {
        match self.bound {
            Some((to, there_at)) if there_at <= now => to,
            Some((to, there_at)) => {
                let whole = Duration::from_secs(drive_s(self.at, to).max(1)).as_secs_f64();
                let left = (there_at.since(now).as_secs_f64() / whole).min(1.0);
                let between = |one: f64, other: f64| other + (one - other) * left;
                let (lat, lng) = (between(self.at.lat(), to.lat()), between(self.at.lng(), to.lng()));
                LatLng::new(lat, lng).unwrap_or(to)
            }
            None => self.at,
        }
    }

    /// The receiver's next position.
    #[must_use]
    pub fn fix(&self, now: Timestamp) -> RawFix {
        let fix = Fix { place: self.place(now), at: now, accuracy_m: Some(8.0), speed_mps: None, heading_deg: None };
        fix.into()
    }

    /// What the driver does about what the screen shows now.
    pub fn looks(&mut self, habits: Habits, now: Timestamp, agenda: &mut Agenda, random: &mut SmallRng) {
        let view = self.state.view(self.moment(now));
        let touch = |action: Action| Event::Touch { car: self.number, action: Box::new(action) };
        if view.sentence.is_some() {
            agenda.enter(after(now, 3), touch(Action::Dismiss));
        }
        if view.duty == Duty::OffShift && view.link == fareway_driver_app::state::LinkView::Up {
            agenda.enter(after(now, random.gen_range(1..30)), touch(Action::SetDuty(Duty::OnShift)));
        }
        match view.page {
            Page::Offer(offer) if !offer.taken && self.decided.insert(offer.offer) => {
                let (lot, thinks_s) = (random.gen_range(0..1_000), random.gen_range(1..14));
                let action = if lot < habits.declines {
                    Action::DeclineOffer
                } else if lot < habits.declines + habits.silent {
                    return;
                } else {
                    Action::AcceptOffer
                };
                agenda.enter(after(now, thinks_s), touch(action));
            }
            Page::Trip(trip) => {
                let pickup = trip.ride.pickup.place;
                match trip.stage {
                    TripStage::Assigned if self.planned.insert((trip.trip, "depart")) => {
                        agenda.enter(after(now, 30), touch(Action::MoveTrip(TripStep::Depart)));
                    }
                    TripStage::EnRoute if self.planned.insert((trip.trip, "arrive")) => {
                        self.at = self.place(now);
                        let drive_s = drive_s(self.at, pickup).max(10);
                        self.bound = Some((pickup, after(now, drive_s)));
                        let gives_up = random.gen_range(0..1_000) < habits.gives_up;
                        let step = if gives_up { TripStep::GiveUp } else { TripStep::Arrive };
                        let at = if gives_up { drive_s / 2 } else { drive_s };
                        agenda.enter(after(now, at), touch(Action::MoveTrip(step)));
                    }
                    TripStage::Arrived if self.planned.insert((trip.trip, "board")) => {
                        let waits_s = random.gen_range(15..120);
                        if random.gen_range(0..1_000) < habits.no_show {
                            agenda.enter(after(now, 310), touch(Action::MoveTrip(TripStep::NoShow)));
                        } else {
                            agenda.enter(after(now, waits_s), Event::Hired { car: self.number });
                        }
                    }
                    _ => {}
                }
            }
            Page::Bill(bill) | Page::Checking(bill) if bill.progress.is_some() => {
                agenda.enter(after(now, 20), touch(Action::EndBill(EndedHow::PaidOtherwise)));
            }
            _ => {}
        }
    }

    /// Something else stood on the screen when the passenger came: the driver looks again.
    pub fn looks_again_for_passenger(&mut self) {
        self.planned.retain(|(_, step)| *step != "board");
    }

    /// Whether the meter may be hired for this trip now: the driver looks at the screen before the flag goes down.
    #[must_use]
    pub fn waits_for_passenger(&self, now: Timestamp) -> bool {
        matches!(self.page(now), Page::Trip(trip) if trip.stage == TripStage::Arrived)
    }
}
