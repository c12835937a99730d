//! A car on the bench: its state, a real disk in a folder of its own, a clock that is moved by hand, and the platform's
//! signing key.

use std::time::Duration;

use fareway_driver_app::{
    disk::Disk,
    state::{Action, Effects, Identity, Ledger, Memory, Moment, Order, Page, State, View},
};
use fareway_shared::{
    enrolment::Enrolled,
    envelope::verdict::{Cover, Finding, NotPaid, Subject, Verdict},
    handshake::{Hello, Welcome},
    id::{DeviceId, FleetId, VehicleId},
    meter::{MeterState, TripRecord},
    money::{Currency, Money},
    protocol::{
        car::{CarCommand, CommandOutcome, FromCar, ToCar},
        meter::{MeterNotice, ToBridge},
    },
    signature::{PrivateKey, Signed},
    statement::BillStatement,
    time::Timestamp,
};
use rand::{SeedableRng, rngs::StdRng};

pub(crate) const SERVER_TIME: Timestamp = Timestamp::from_seconds(1_800_000_000);

pub(crate) fn platform() -> PrivateKey {
    PrivateKey::from_bytes(&[1; 32])
}

pub(crate) fn device_key() -> PrivateKey {
    PrivateKey::from_bytes(&[2; 32])
}

pub(crate) fn grant() -> Enrolled {
    let id = uuid::Uuid::from_u128;
    Enrolled {
        platform_key: platform().public(),
        device_key: device_key().public(),
        device: DeviceId(id(1)),
        fleet: FleetId(id(2)),
        vehicle: VehicleId(id(3)),
        plate: "苏E·X1234".into(),
        currency: Currency::CNY,
        code_key: [4; 32],
        public_url: "https://pay.example".into(),
        cap_minor: 50_00,
        last_sequence: 0,
    }
}

/// What an enrolled unit remembers, written to its disk.
pub(crate) fn enrolled_memory(disk: &Disk) -> (Identity, Ledger) {
    let identity = Identity { key: device_key(), grant: grant(), previous_platform_key: None };
    let ledger = Ledger::new(identity.grant.device, 0);
    disk.save_ledger(&ledger).expect("saved");
    disk.save_identity(&identity).expect("saved");
    (identity, ledger)
}

pub(crate) struct Bench {
    pub(crate) state: State,
    pub(crate) now: Moment,
    pub(crate) sent: Vec<FromCar>,
    pub(crate) to_bridge: Vec<ToBridge>,
    pub(crate) orders: Vec<Order>,
    pub(crate) writes: usize,
    pub(crate) sequence: u64,
    pub(crate) platform: PrivateKey,
    random: StdRng,
    disk: Option<Disk>,
    folder: tempfile::TempDir,
}

impl Bench {
    /// A unit that knows nothing.
    pub(crate) fn blank() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let disk = Disk::open(folder.path()).expect("the disk opens");
        Self {
            state: State::new(Memory::Blank),
            now: Moment { tick: Duration::from_secs(1), wall: Timestamp::from_seconds(1_799_999_990) },
            sent: Vec::new(),
            to_bridge: Vec::new(),
            orders: Vec::new(),
            writes: 0,
            sequence: 0,
            platform: platform(),
            random: StdRng::seed_from_u64(7),
            disk: Some(disk),
            folder,
        }
    }

    /// An enrolled car, no link yet.
    pub(crate) fn enrolled() -> Self {
        let mut bench = Self::blank();
        let memory = enrolled_memory(bench.disk.as_ref().expect("a disk"));
        bench.state = State::new(Memory::Ready(Box::new(memory)));
        bench
    }

    /// An enrolled car whose link is up.
    pub(crate) fn linked() -> Self {
        let mut bench = Self::enrolled();
        bench.link_up(0);
        bench
    }

    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub(crate) fn act(&mut self, action: Action) {
        let (next, effects) = self.state.step(action, self.now, &mut self.random);
        self.write(&next, &effects);
        self.state = next;
        for order in effects.orders {
            match order {
                Order::ToPlatform(frame) => self.sent.push(*frame),
                Order::ToBridge(word) => self.to_bridge.push(word),
                other => self.orders.push(other),
            }
        }
    }

    fn write(&mut self, next: &State, effects: &Effects) {
        let (Some(disk), Some((identity, ledger))) = (&self.disk, next.memory()) else { return };
        if effects.save_identity {
            disk.save_identity(identity).expect("the identity is written");
            self.writes += 1;
        }
        if effects.save_ledger {
            disk.save_ledger(ledger).expect("the ledger is written");
            self.writes += 1;
        }
    }

    pub(crate) fn hear(&mut self, frame: ToCar) {
        self.act(Action::FromPlatform(Box::new(frame)));
    }

    pub(crate) fn envelope(&mut self, envelope: Signed) {
        self.hear(ToCar::Envelope { sequence: 0, envelope });
    }

    pub(crate) fn meter(&mut self, notice: MeterNotice) {
        self.act(Action::Meter(Box::new(notice)));
    }

    /// Greets; the platform says that it has applied the commands up to a number.
    pub(crate) fn link_up(&mut self, last_command: u64) -> Hello {
        self.link_up_at(last_command, SERVER_TIME.after(self.now.tick))
    }

    pub(crate) fn link_up_at(&mut self, last_command: u64, server_time: Timestamp) -> Hello {
        self.hear(ToCar::Challenge { nonce: [9; 32] });
        let hello = self.hello();
        let welcome = Welcome { device: hello.device, nonce: hello.nonce, server_time, last_command };
        self.hear(ToCar::Welcome { welcome: welcome.seal(&self.platform) });
        hello
    }

    /// The greeting that the car sent last.
    pub(crate) fn hello(&self) -> Hello {
        let Some(FromCar::Hello(sealed)) = self.sent.last() else { panic!("no greeting: {:?}", self.sent.last()) };
        Hello::open(sealed, &device_key().public(), &[9; 32]).expect("the greeting is signed")
    }

    /// The power goes and comes back; the wall clock then shows `wall`.
    pub(crate) fn restart(&mut self, wall: Timestamp) {
        drop(self.disk.take());
        let disk = Disk::open(self.folder.path()).expect("the disk opens again");
        self.state = State::new(disk.load().expect("the disk is read"));
        self.disk = Some(disk);
        self.now = Moment { tick: Duration::from_secs(1), wall };
        self.sent.clear();
    }

    pub(crate) fn pass(&mut self, seconds: u64) {
        let span = Duration::from_secs(seconds);
        self.now = Moment { tick: self.now.tick + span, wall: self.now.wall.after(span) };
    }

    pub(crate) fn view(&self) -> View {
        self.state.view(self.now)
    }

    pub(crate) fn page(&self) -> Page {
        self.view().page
    }

    pub(crate) fn page_name(&self) -> &'static str {
        match self.page() {
            Page::Damaged(_) => "damaged",
            Page::Enrol { .. } => "enrol",
            Page::Vacant(_) => "vacant",
            Page::Hired(_) => "hired",
            Page::Offer(_) => "offer",
            Page::Trip(_) => "trip",
            Page::Bill(_) => "bill",
            Page::Checking(_) => "checking",
            Page::Paid(_) => "paid",
            Page::NotPaid(_) => "not paid",
            Page::Keypad(_) => "keypad",
            Page::Bills(_) => "bills",
        }
    }

    pub(crate) fn hired(&mut self) {
        let at = self.now.wall;
        let state = MeterState::Hired { time_running: true };
        self.meter(MeterNotice::TripStarted { started: Some("2027-01-15 16:00:00".into()), at });
        self.meter(MeterNotice::State { state, stale: false, forced: false, at });
    }

    pub(crate) fn vacant(&mut self) {
        let at = self.now.wall;
        self.meter(MeterNotice::State { state: MeterState::Vacant, stale: false, forced: false, at });
    }

    pub(crate) fn record(&self, trip_no: u32, minor: i64) -> TripRecord {
        TripRecord {
            meter_id: "M1".into(),
            trip_no,
            boarded: Some("2027-01-15 16:00".into()),
            alighted: Some("2027-01-15 16:20".into()),
            distance_m: Some(7_200),
            empty_m: None,
            waiting_s: Some(120),
            amount: Money::new(minor, Currency::CNY),
            surcharge: None,
            late: false,
            frames_sha256: [8; 32],
            heard_at: self.now.wall,
        }
    }

    pub(crate) fn ended(&mut self, record: TripRecord) {
        self.meter(MeterNotice::TripEnded { spool: u64::from(record.trip_no), record });
    }

    /// A whole hire; the bill that it opened.
    pub(crate) fn hire(&mut self, trip_no: u32, minor: i64) -> BillStatement {
        self.hired();
        let record = self.record(trip_no, minor);
        self.ended(record);
        self.vacant();
        self.last_statement()
    }

    /// Every command sent so far, with its number.
    pub(crate) fn commands(&self) -> Vec<(u64, CarCommand)> {
        let commands = self.sent.iter().filter_map(|frame| match frame {
            FromCar::Command(command) => Some(command),
            _ => None,
        });
        let key = device_key().public();
        commands.map(|command| command.open(grant().device, &key).expect("the command is signed")).collect()
    }

    pub(crate) fn statements(&self) -> Vec<BillStatement> {
        let key = device_key().public();
        let statements = self.commands().into_iter().filter_map(|(_, command)| match command {
            CarCommand::OpenBill { statement, .. } => Some(BillStatement::open(&statement, &key).expect("signed")),
            _ => None,
        });
        statements.collect()
    }

    pub(crate) fn last_statement(&self) -> BillStatement {
        self.statements().pop().expect("a bill was stated")
    }

    /// The platform acknowledges everything that was sent.
    pub(crate) fn acknowledge_all(&mut self) {
        for (number, _) in self.commands() {
            self.hear(ToCar::CommandDone { number, outcome: CommandOutcome::Done });
        }
    }

    fn subject(&mut self, bill: &BillStatement) -> Subject {
        self.sequence += 1;
        let server_time = self.state.display_time(self.now);
        Subject {
            fleet: bill.fleet,
            vehicle: bill.vehicle,
            plate: grant().plate,
            trip: bill.trip,
            bill: bill.bill,
            version: bill.version,
            nonce: bill.nonce,
            sequence: self.sequence,
            server_time,
            valid_until: server_time.after(Duration::from_secs(60)),
        }
    }

    /// The genuine confirmation of so much of a bill.
    pub(crate) fn covered(&mut self, bill: &BillStatement, minor: i64) -> Verdict {
        let subject = self.subject(bill);
        let finding = Finding::Covered(Cover {
            currency: Currency::CNY,
            by_wallet_minor: minor,
            otherwise_minor: 0,
            tip_minor: 0,
            trade_no_tail: "0042".into(),
            payer_tail: "7652".into(),
            paid_at: subject.server_time,
            scene_seed: [6; 16],
        });
        Verdict { subject, finding }
    }

    /// The genuine confirmation of a bill, signed.
    pub(crate) fn paid(&mut self, bill: &BillStatement) -> Signed {
        let verdict = self.covered(bill, bill.total.minor);
        verdict.seal(&self.platform)
    }

    pub(crate) fn not_paid(&mut self, bill: &BillStatement, reason: NotPaid) -> Signed {
        let verdict = Verdict { subject: self.subject(bill), finding: Finding::NotPaid { reason } };
        verdict.seal(&self.platform)
    }
}
