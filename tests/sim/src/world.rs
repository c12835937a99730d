//! The loop: what is next in the agenda happens, and what follows from it is entered.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use fareway::{
    console::ports::ConsoleDesk,
    reservation::{
        error::ReservationError,
        model::{Booking, Contact},
    },
    transition::Role,
};
use fareway_driver_app::state::Action;
use fareway_shared::{
    id::ReservationId,
    protocol::car::{FromCar, ToCar},
    ride::Stop,
    time::Timestamp,
};
use rand::{Rng, SeedableRng, rngs::SmallRng};
use tempfile::TempDir;

use crate::{
    agenda::{Agenda, Event},
    audit::Audit,
    car::{Car, Habits},
    platform::{Platform, Said, fleet},
    town::anywhere,
};

/// What kind of days are played.
#[derive(Clone, Debug)]
pub struct Plan {
    /// All chance comes from it.
    pub seed: u64,
    /// How many cars.
    pub cars: usize,
    /// For how long passengers book; the day then runs on until all is over.
    pub hours: u64,
    /// Bookings in an hour.
    pub bookings_an_hour: u32,
    /// What drivers do.
    pub habits: Habits,
    /// A car's link breaks so often, seconds on the average.
    pub link_breaks_s: u64,
    /// A car's unit loses power so often, seconds on the average.
    pub power_cuts_s: u64,
    /// The platform dies so often, seconds on the average; never if none.
    pub dies_s: Option<u64>,
}

/// When every simulation begins.
pub const BEGIN: Timestamp = Timestamp::from_seconds(1_800_000_000);
/// A day that is not over so long after the last booking is stuck.
const AFTERWARDS: Duration = Duration::from_secs(5 * 3_600);
const POSITION_S: u64 = 20;

/// A town with its fleet.
pub struct World {
    plan: Plan,
    now: Timestamp,
    end: Timestamp,
    agenda: Agenda,
    random: SmallRng,
    platform: Platform,
    cars: Vec<Car>,
    sessions: u64,
    bookings: Vec<(u64, Booking)>,
    audit: Audit,
    log: DefaultHasher,
    entries: u64,
    _folder: TempDir,
}

/// How a day ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What was counted.
    pub audit: Audit,
    /// A hash over the whole log: the same seed gives the same.
    pub log: u64,
    /// Entries in it.
    pub entries: u64,
    /// How often the platform was started.
    pub starts: u64,
}

/// Plays a plan to its end and audits it.
///
/// # Panics
/// Something that must hold did not; the message says what.
pub async fn play(plan: Plan) -> Report {
    let mut world = World::new(plan).await;
    while let Some((at, event)) = world.agenda.take_next() {
        if at > world.end {
            break;
        }
        world.now = at;
        world.happens(event).await;
        if world.platform.doom.is_dead() {
            world.rises_again().await;
        }
    }
    world.audit.closes(&world.platform).await;
    Report { audit: world.audit, log: world.log.finish(), entries: world.entries, starts: world.platform.starts() }
}

impl World {
    async fn new(plan: Plan) -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("sim.db").display());
        let platform = Platform::start(&url, plan.seed).await;
        let last_booking = BEGIN.after(Duration::from_secs(plan.hours * 3_600));
        let mut world = Self {
            now: BEGIN,
            end: last_booking.after(AFTERWARDS),
            agenda: Agenda::default(),
            random: SmallRng::seed_from_u64(plan.seed),
            platform,
            cars: Vec::new(),
            sessions: 0,
            bookings: Vec::new(),
            audit: Audit::default(),
            log: DefaultHasher::new(),
            entries: 0,
            _folder: folder,
            plan,
        };
        for number in 0..world.plan.cars {
            world.enrols(number).await;
        }
        world.agenda.enter(world.soon(2), Event::Batch);
        world.agenda.enter(world.soon(3), Event::Relay);
        world.agenda.enter(world.soon(60), Event::Books);
        if world.plan.dies_s.is_some() {
            world.agenda.enter(world.soon(120), Event::Doom);
        }
        world
    }

    fn soon(&self, seconds: u64) -> Timestamp {
        self.now.after(Duration::from_secs(seconds))
    }

    /// An instant about so far away, never now.
    fn about(&mut self, seconds: u64) -> Timestamp {
        let millis = self.random.gen_range(1..2 * seconds * 1_000);
        self.now.after(Duration::from_millis(millis))
    }

    async fn enrols(&mut self, number: usize) {
        let (plate, driver) = (format!("苏E·S{number:04}"), format!("Driver {number}"));
        let vehicle = self.platform.house.register_vehicle(fleet(), &plate, Some(&driver), self.now).await.unwrap();
        let code = self.platform.house.enrolment_code(fleet(), vehicle, self.now).await.unwrap();
        self.cars.push(Car::new(number, vehicle, self.now, &mut self.random));
        self.acts(number, Action::Enrol(code));
        let frames = self.cars[number].meter_says(self.now, &mut self.agenda, &mut self.random);
        self.sends(number, frames);
        self.agenda.enter(self.soon(POSITION_S), Event::Position { car: number });
        // A code that was used while its answer was lost needs another from the office; the day begins after that.
        let calm = Duration::from_secs(120);
        let (breaks, cut) = (self.about(self.plan.link_breaks_s), self.about(self.plan.power_cuts_s));
        let (breaks, cut) = (breaks.after(calm), cut.after(calm));
        self.agenda.enter(breaks, Event::Broken { car: number, session: 0 });
        self.agenda.enter(cut, Event::PowerCut { car: number });
    }

    fn note(&mut self, what: &str) {
        self.entries += 1;
        (self.now, what).hash(&mut self.log);
    }

    fn acts(&mut self, car: usize, action: Action) {
        let frames = self.cars[car].act(action, self.now, &mut self.agenda, &mut self.random);
        self.sends(car, frames);
        self.cars[car].looks(self.plan.habits, self.now, &mut self.agenda, &mut self.random);
    }

    fn latency(&mut self) -> Duration {
        Duration::from_millis(self.random.gen_range(20..400))
    }

    fn sends(&mut self, car: usize, frames: Vec<FromCar>) {
        let Some(session) = self.cars[car].session else { return };
        for frame in frames {
            let at = self.now.after(self.latency()).max(self.cars[car].there_at);
            self.cars[car].there_at = at;
            self.agenda.enter(at, Event::ToPlatform { car, session, frame: Box::new(frame) });
        }
    }

    fn answers(&mut self, car: usize, session: u64, frames: Vec<ToCar>) {
        for frame in frames {
            let at = self.now.after(self.latency()).max(self.cars[car].back_at);
            self.cars[car].back_at = at;
            self.agenda.enter(at, Event::ToCar { car, session, frame: Box::new(frame) });
        }
    }

    /// What the platform has said by itself goes out.
    async fn delivers(&mut self) {
        for (vehicle, said) in self.platform.said() {
            let Some(car) = self.cars.iter().position(|car| car.vehicle == vehicle) else { continue };
            let Some(session) = self.cars[car].session else { continue };
            match said {
                Said::Frame(frame) => {
                    let frames = self.platform.in_order(session, vec![*frame]);
                    self.answers(car, session, frames);
                }
                Said::Closed(_) => self.breaks(car, session).await,
            }
        }
    }

    async fn breaks(&mut self, car: usize, session: u64) {
        if self.cars[car].session == Some(session) {
            self.platform.disconnected(session, self.now).await;
            let frames = self.cars[car].lost(self.now, &mut self.agenda, &mut self.random);
            self.sends(car, frames);
        }
    }

    async fn rises_again(&mut self) {
        self.note("the platform died");
        self.platform.is_started_again().await;
        for car in 0..self.cars.len() {
            if self.cars[car].session.is_some() {
                let frames = self.cars[car].lost(self.now, &mut self.agenda, &mut self.random);
                self.sends(car, frames);
            }
        }
    }

    async fn happens(&mut self, event: Event) {
        match event {
            Event::Batch => {
                self.platform.batch(self.now).await;
                self.agenda.enter(self.soon(2), Event::Batch);
            }
            Event::Relay => {
                for (vehicle, message) in self.platform.unreceived(self.now).await {
                    let Some(car) = self.cars.iter().position(|car| car.vehicle == vehicle) else { continue };
                    if let Some(session) = self.cars[car].session {
                        let frames = self.platform.in_order(session, vec![message]);
                        self.answers(car, session, frames);
                    }
                }
                self.agenda.enter(self.soon(3), Event::Relay);
            }
            Event::Connected { car } => {
                self.sessions += 1;
                self.cars[car].connected(self.sessions);
                let challenge = self.platform.connected(self.sessions, &mut self.random);
                self.answers(car, self.sessions, vec![challenge]);
            }
            Event::Broken { car, .. } => {
                if let Some(session) = self.cars[car].session {
                    self.note("a link broke");
                    self.breaks(car, session).await;
                }
                let again = self.about(self.plan.link_breaks_s);
                self.agenda.enter(again, Event::Broken { car, session: 0 });
            }
            Event::ToPlatform { car, session, frame } => self.reaches_platform(car, session, *frame).await,
            Event::ToCar { car, session, frame } => {
                if self.cars[car].session == Some(session) {
                    self.acts(car, Action::FromPlatform(frame));
                }
            }
            Event::Tick { car } => {
                self.cars[car].ticked();
                self.acts(car, Action::Tick);
            }
            Event::Position { car } => {
                let fix = self.cars[car].fix(self.now);
                self.acts(car, Action::Fix(fix));
                self.agenda.enter(self.soon(POSITION_S), Event::Position { car });
            }
            Event::Touch { car, action } => self.acts(car, *action),
            Event::Hired { car } => {
                if self.cars[car].waits_for_passenger(self.now) {
                    self.note("hired");
                    let frames = self.cars[car].is_hired(self.now, &mut self.agenda, &mut self.random);
                    self.sends(car, frames);
                } else {
                    self.cars[car].looks_again_for_passenger();
                }
            }
            Event::Stopped { car } => {
                self.note("stopped");
                let frames = self.cars[car].has_stopped(self.now, &mut self.agenda, &mut self.random);
                self.sends(car, frames);
                self.cars[car].looks(self.plan.habits, self.now, &mut self.agenda, &mut self.random);
            }
            Event::PowerCut { car } => self.loses_power(car).await,
            Event::Books => self.books().await,
            Event::BooksAgain { number } => self.books_again(number).await,
            Event::Cancels { reservation } => self.cancels(reservation).await,
            Event::Doom => {
                let (commits, after) = (self.random.gen_range(0..40), self.random.gen_bool(0.5));
                self.platform.doom.comes(commits, after);
                if let Some(dies_s) = self.plan.dies_s {
                    let again = self.about(dies_s);
                    self.agenda.enter(again, Event::Doom);
                }
            }
        }
        self.delivers().await;
    }

    async fn reaches_platform(&mut self, car: usize, session: u64, frame: FromCar) {
        if self.cars[car].session != Some(session) {
            return;
        }
        let back = self.platform.hears(session, frame, self.now).await;
        if self.platform.doom.is_dead() {
            return;
        }
        match back {
            Ok(frames) => self.answers(car, session, frames),
            Err(reason) => {
                self.note(&format!("a car was refused: {reason:?}"));
                self.audit.refused(reason);
                self.answers(car, session, vec![ToCar::Refused { reason }]);
                self.platform.disconnected(session, self.now).await;
            }
        }
    }

    async fn loses_power(&mut self, car: usize) {
        self.note("a unit lost power");
        if let Some(session) = self.cars[car].session {
            self.platform.disconnected(session, self.now).await;
        }
        let frames = self.cars[car].power_cut(self.now, &mut self.agenda, &mut self.random);
        self.sends(car, frames);
        self.cars[car].looks(self.plan.habits, self.now, &mut self.agenda, &mut self.random);
        let again = self.about(self.plan.power_cuts_s);
        self.agenda.enter(again, Event::PowerCut { car });
    }

    async fn books(&mut self) {
        if self.now > BEGIN.after(Duration::from_secs(self.plan.hours * 3_600)) {
            return;
        }
        let (pickup, dropoff) = (anywhere(&mut self.random), anywhere(&mut self.random));
        let stop = |place| Stop { place, words: String::new() };
        let later = self.random.gen_bool(0.15).then(|| self.about(2 * 3_600));
        let booking = Booking {
            pickup: stop(pickup),
            dropoff: Some(stop(dropoff)),
            pickup_at: later,
            passenger: String::new(),
            contact: Contact::Phone(format!("+86{:011}", self.bookings.len())),
            note: String::new(),
            seats: self.random.gen_range(1..=4),
            class: None,
            wheelchair: false,
            quote: None,
            quoted: None,
        };
        let number = u64::try_from(self.bookings.len()).unwrap();
        self.bookings.push((number, booking));
        self.books_again(number).await;
        if self.random.gen_bool(0.2) {
            let again = self.about(30);
            self.agenda.enter(again, Event::BooksAgain { number });
        }
        let next = self.about(3_600 / u64::from(self.plan.bookings_an_hour.max(1)));
        self.agenda.enter(next, Event::Books);
    }

    async fn books_again(&mut self, number: u64) {
        let booking = self.bookings[usize::try_from(number).unwrap()].1.clone();
        match self.platform.house.book(fleet(), booking, &number.to_string(), self.now).await {
            Ok(made) => {
                if self.audit.booked(number, made.id) && self.random.gen_bool(0.12) {
                    let at = self.about(400);
                    self.agenda.enter(at, Event::Cancels { reservation: made.id });
                }
            }
            // A passenger tries again until it is answered.
            Err(ReservationError::Store(_)) => {
                let again = self.soon(5);
                self.agenda.enter(again, Event::BooksAgain { number });
            }
            Err(error) => panic!("booking {number}: {error}"),
        }
    }

    async fn cancels(&mut self, reservation: ReservationId) {
        let by = Role::Passenger;
        match self.platform.house.cancel_reservation(fleet(), reservation, by, "", self.now).await {
            Ok(_) => self.note("cancelled"),
            Err(ReservationError::Store(_)) => {
                let again = self.soon(5);
                self.agenda.enter(again, Event::Cancels { reservation });
            }
            // Too late: on board, or over.
            Err(_) => self.note("too late to cancel"),
        }
    }
}
