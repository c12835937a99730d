//! A desk without a database: it knows devices by their keys, keeps messages by sequence, and writes down what it heard.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use async_trait::async_trait;
use fareway::fleet::ports::{CarDesk, CarIdentity, Greeted, RESEND_MAX};
use fareway_shared::{
    enrolment::{EnrolRequest, Enrolled},
    fix::RawFix,
    handshake::{Hello, SignedHello, Welcome},
    id::{BillId, DeviceId, FleetId, VehicleId},
    money::Currency,
    protocol::car::{BillProgress, CarReport, CommandOutcome, LinkRefusal, SignedCommand, ToCar},
    signature::{PrivateKey, PublicKey, Signed},
    time::Timestamp,
};
use tokio::{sync::Semaphore, sync::watch, time::timeout};

pub(crate) const ENROLMENT_SECRET: [u8; 10] = [7; 10];

/// A command that makes the desk panic.
pub(crate) const FATAL: u64 = 666;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heard {
    Greeting,
    Up,
    Down,
    Cloned,
    Began(u64),
    Command(u64),
    Report,
    Persisted(u64),
    Asked(usize),
    Fixes(usize),
}

type Known = (PublicKey, CarIdentity, Option<LinkRefusal>);

pub(crate) struct Desk {
    pub(crate) key: PrivateKey,
    devices: Mutex<BTreeMap<DeviceId, Known>>,
    stored: Mutex<BTreeMap<u64, ToCar>>,
    heard: watch::Sender<Vec<Heard>>,
    /// One permit per command that may be worked on; tests take them away to make the desk slow.
    pub(crate) gate: Semaphore,
    /// One permit per greeting.
    pub(crate) door: Semaphore,
}

pub(crate) fn envelope(sequence: u64) -> ToCar {
    ToCar::Envelope { sequence, envelope: Signed { body: sequence.to_be_bytes().to_vec(), signature: [0; 64] } }
}

pub(crate) fn car_of(number: u8) -> CarIdentity {
    let id = uuid::Uuid::from_u128(u128::from(number));
    CarIdentity { fleet: FleetId(uuid::Uuid::nil()), vehicle: VehicleId(id), device: DeviceId(id) }
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self {
            key: PrivateKey::from_bytes(&[99; 32]),
            devices: Mutex::default(),
            stored: Mutex::default(),
            heard: watch::Sender::new(Vec::new()),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            door: Semaphore::new(Semaphore::MAX_PERMITS),
        }
    }

    pub(crate) fn know(&self, car: CarIdentity, key: &PrivateKey) {
        self.devices.lock().unwrap().insert(car.device, (key.public(), car, None));
    }

    pub(crate) fn refuse(&self, car: CarIdentity, reason: LinkRefusal) {
        self.devices.lock().unwrap().get_mut(&car.device).unwrap().2 = Some(reason);
    }

    pub(crate) fn store(&self, sequences: std::ops::RangeInclusive<u64>) {
        self.stored.lock().unwrap().extend(sequences.map(|sequence| (sequence, envelope(sequence))));
    }

    fn after(&self, sequence: u64) -> Vec<ToCar> {
        let stored = self.stored.lock().unwrap();
        stored
            .range(sequence.saturating_add(1)..)
            .take(usize::try_from(RESEND_MAX).unwrap())
            .map(|(_, message)| message.clone())
            .collect()
    }

    fn hear(&self, heard: Heard) {
        self.heard.send_modify(|all| all.push(heard));
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.borrow().clone()
    }

    /// Waits until the desk has heard something.
    pub(crate) async fn until(&self, what: impl Fn(&[Heard]) -> bool) {
        let mut heard = self.heard.subscribe();
        let found = timeout(Duration::from_secs(10), heard.wait_for(|all| what(all))).await;
        assert!(found.is_ok(), "the desk only heard {:?}", self.heard());
    }
}

#[async_trait]
impl CarDesk for Desk {
    async fn enrol(&self, request: &EnrolRequest, challenge: &[u8; 32], _: Timestamp) -> Result<Signed, LinkRefusal> {
        request.check(challenge).map_err(|_| LinkRefusal::Identity)?;
        if request.secret != ENROLMENT_SECRET {
            return Err(LinkRefusal::EnrolmentCode);
        }
        let car = car_of(200);
        self.devices.lock().unwrap().insert(car.device, (request.device_key, car, None));
        let enrolled = Enrolled {
            platform_key: self.key.public(),
            device_key: request.device_key,
            device: car.device,
            fleet: car.fleet,
            vehicle: car.vehicle,
            plate: "苏E·X1234".into(),
            currency: Currency::CNY,
            code_key: [1; 32],
            public_url: "https://pay.example".into(),
            cap_minor: 50_000,
            last_sequence: 0,
        };
        Ok(enrolled.seal(&self.key))
    }

    async fn greet(&self, hello: &SignedHello, challenge: &[u8; 32], now: Timestamp) -> Result<Greeted, LinkRefusal> {
        let known = self.devices.lock().unwrap().get(&hello.device).copied();
        let (key, car, refusal) = known.ok_or(LinkRefusal::Identity)?;
        let hello = Hello::open(hello, &key, challenge).map_err(|_| LinkRefusal::Identity)?;
        if let Some(reason) = refusal {
            return Err(reason);
        }
        let resend = self.after(hello.last_sequence);
        self.hear(Heard::Greeting);
        self.door.acquire().await.unwrap().forget();
        let welcome =
            Welcome { device: car.device, nonce: hello.nonce, server_time: now, last_command: hello.last_command };
        Ok(Greeted {
            car,
            welcome: welcome.seal(&self.key),
            last_sequence: hello.last_sequence,
            left: Vec::new(),
            resend,
        })
    }

    async fn command(&self, car: CarIdentity, command: &SignedCommand, _: Timestamp) -> Result<ToCar, LinkRefusal> {
        let (key, _, _) = self.devices.lock().unwrap().get(&car.device).copied().ok_or(LinkRefusal::Identity)?;
        let (number, _) = command.open(car.device, &key).map_err(|_| LinkRefusal::Identity)?;
        self.hear(Heard::Began(number));
        assert_ne!(number, FATAL, "a fault in the house");
        self.gate.acquire().await.unwrap().forget();
        self.hear(Heard::Command(number));
        Ok(ToCar::CommandDone { number, outcome: CommandOutcome::Done })
    }

    async fn received(&self, _: CarIdentity, sequence: u64, _: Timestamp) -> Vec<ToCar> {
        self.hear(Heard::Persisted(sequence));
        self.after(sequence)
    }

    async fn ask_bills(&self, _: CarIdentity, bills: &[BillId], _: Timestamp) -> Vec<ToCar> {
        self.hear(Heard::Asked(bills.len()));
        let unknown = |bill: &BillId| ToCar::BillProgress { bill: *bill, version: 0, progress: BillProgress::Unknown };
        bills.iter().map(unknown).collect()
    }

    async fn report(&self, _: CarIdentity, _: CarReport, _: Timestamp) {
        self.hear(Heard::Report);
    }

    async fn fixes(&self, _: CarIdentity, fixes: &[RawFix], _: Timestamp) -> Vec<ToCar> {
        self.hear(Heard::Fixes(fixes.len()));
        Vec::new()
    }

    async fn link_changed(&self, _: CarIdentity, up: bool, _: Timestamp) {
        self.hear(if up { Heard::Up } else { Heard::Down });
    }

    async fn cloned(&self, _: CarIdentity, _: Timestamp) {
        self.hear(Heard::Cloned);
    }
}
