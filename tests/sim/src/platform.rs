//! The house with the ends of its links: what it sends to cars is collected here, and each car's connection is greeted and
//! kept in order as the push listener does.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use fareway::{
    fleet::{
        key_ring::KeyRing,
        ports::{CarDesk, CarIdentity, CarLinks, FleetStore},
    },
    matching::ports::OfferStore,
    passenger::ports::{Exchange, SignIn},
    payment::{
        model::{Observation, OutTradeNo},
        ports::{CancelAnswer, Fresh, Gateway, NotBelieved, NoticeFacts, Order, Placed},
    },
    reservation::ports::ReservationStore,
    store::Store,
    tariff::service::TariffService,
    workflow::{FleetTerms, House, KeySealer, Parts, dispatch::DispatchTerms, live::Live},
};
use fareway_shared::{
    id::{FleetId, VehicleId},
    money::{Currency, Money},
    protocol::car::{FromCar, LinkRefusal, ToCar},
    signature::PrivateKey,
    time::Timestamp,
};
use rand::{RngCore, SeedableRng, rngs::SmallRng};
use uuid::Uuid;

use crate::flaky::{Doom, FlakyBooks};

/// The fleet of every simulation.
#[must_use]
pub fn fleet() -> FleetId {
    FleetId(Uuid::from_u128(0x0198_b2c4_0000_7000_8000_0000_0000_0001))
}

/// What the platform told cars since it was last looked at.
#[derive(Debug, Default)]
struct Wires {
    said: Mutex<Vec<(VehicleId, Said)>>,
    up: Mutex<HashSet<VehicleId>>,
}

/// What is said to a car.
#[derive(Clone, Debug)]
pub enum Said {
    /// A frame.
    Frame(Box<ToCar>),
    /// The link is closed.
    Closed(LinkRefusal),
}

impl CarLinks for Wires {
    fn send(&self, vehicle: VehicleId, message: ToCar) {
        if self.is_connected(vehicle) {
            self.said.lock().unwrap().push((vehicle, Said::Frame(Box::new(message))));
        }
    }

    fn close(&self, vehicle: VehicleId, reason: LinkRefusal) {
        // Only a link that was greeted is known by its car.
        if self.is_connected(vehicle) {
            self.said.lock().unwrap().push((vehicle, Said::Closed(reason)));
        }
    }

    fn is_connected(&self, vehicle: VehicleId) -> bool {
        self.up.lock().unwrap().contains(&vehicle)
    }
}

/// Numbers from the seed.
struct SeededFresh(Mutex<SmallRng>);

impl Fresh for SeededFresh {
    fn id(&self, now: Timestamp) -> Uuid {
        let mut random = [0; 10];
        self.0.lock().unwrap().fill_bytes(&mut random);
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.millis()).unwrap(), &random).into_uuid()
    }

    fn bytes16(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.lock().unwrap().fill_bytes(&mut bytes);
        bytes
    }
}

/// Nobody pays by wallet in these days: fares are paid in cash.
struct NoWallet;

#[async_trait]
impl Gateway for NoWallet {
    async fn place(&self, _: &Order, _: Timestamp) -> Placed {
        Placed::Unclear
    }
    async fn query(&self, _: FleetId, _: &OutTradeNo, _: Money, _: Timestamp) -> Observation {
        Observation::Unclear
    }
    async fn cancel(&self, _: FleetId, _: &OutTradeNo, _: Timestamp) -> CancelAnswer {
        CancelAnswer::Again
    }
    fn claimed_order(&self, _: &[u8]) -> Option<OutTradeNo> {
        None
    }
    fn verify_notice(&self, _: FleetId, _: &[u8], _: Option<Money>) -> Result<NoticeFacts, NotBelieved> {
        Err(NotBelieved("there is no wallet".to_owned()))
    }
    async fn second_proof(&self, _: FleetId, _: &str) -> bool {
        false
    }
    fn fleets(&self) -> Vec<FleetId> {
        Vec::new()
    }
}

#[async_trait]
impl SignIn for NoWallet {
    fn authorise_url(&self, _: &str) -> String {
        String::new()
    }
    async fn exchange(&self, _: &str, _: Timestamp) -> Exchange {
        Exchange::Unknown
    }
}

/// One connection as the platform has it.
#[derive(Clone, Debug)]
struct Session {
    challenge: [u8; 32],
    car: Option<CarIdentity>,
    /// Highest sequence that was written to it.
    written: u64,
}

/// The platform.
pub struct Platform {
    /// The use cases.
    pub house: House,
    /// The records.
    pub store: Arc<Store>,
    /// When it dies.
    pub doom: Arc<Doom>,
    wires: Arc<Wires>,
    sessions: HashMap<u64, Session>,
    key: PrivateKey,
    url: String,
    seed: u64,
    starts: u64,
}

impl Platform {
    /// Starts one on a database.
    pub async fn start(url: &str, seed: u64) -> Self {
        let doom = Arc::new(Doom::far());
        let key = PrivateKey::from_bytes(&[7; 32]);
        let (house, store, wires) = Self::open(url, seed, &key, &doom).await;
        let (sessions, url) = (HashMap::new(), url.to_owned());
        Self { house, store, doom, wires, sessions, key, url, seed, starts: 1 }
    }

    async fn open(url: &str, seed: u64, key: &PrivateKey, doom: &Arc<Doom>) -> (House, Arc<Store>, Arc<Wires>) {
        let store = Arc::new(Store::open(url, Arc::new(KeySealer(key.clone()))).await.unwrap());
        store.put_fleet(fleet(), "Sim Taxi", Currency::CNY).await.unwrap();
        let wires = Arc::new(Wires::default());
        let terms = FleetTerms {
            zone: "Asia/Shanghai".to_owned(),
            name: "Sim Taxi".to_owned(),
            currency: Currency::CNY,
            cap_minor: 50_000,
            dispatch: DispatchTerms { open_per_contact: u32::MAX, ..DispatchTerms::default() },
        };
        let house = House::new(Parts {
            books: Arc::new(FlakyBooks { store: store.clone(), doom: doom.clone() }),
            fleet_store: store.clone(),
            passenger_store: store.clone(),
            console_read: store.clone(),
            reservations: store.clone(),
            offers: store.clone(),
            trips: store.clone(),
            tariffs: TariffService::new(store.clone()),
            gateway: Arc::new(NoWallet),
            sign_in: Arc::new(NoWallet),
            links: wires.clone(),
            live: Arc::new(Live::default()),
            keys: KeyRing::new(key.clone(), Vec::new()),
            fresh: Arc::new(SeededFresh(Mutex::new(SmallRng::seed_from_u64(seed)))),
            terms: HashMap::from([(fleet(), terms)]),
            public_url: "http://sim".to_owned(),
            life: Duration::from_secs(300),
        });
        (house, store, wires)
    }

    /// It died: it is started again on what its database holds.
    pub async fn is_started_again(&mut self) {
        self.store.close().await;
        self.doom.is_over();
        self.starts += 1;
        let seed = self.seed.wrapping_add(self.starts << 32);
        (self.house, self.store, self.wires) = Self::open(&self.url, seed, &self.key, &self.doom).await;
        self.sessions.clear();
    }

    /// How often it was started.
    #[must_use]
    pub fn starts(&self) -> u64 {
        self.starts
    }

    /// What it has said to linked cars since the last time.
    pub fn said(&self) -> Vec<(VehicleId, Said)> {
        std::mem::take(&mut *self.wires.said.lock().unwrap())
    }

    /// A connection stands: the challenge that goes out first.
    pub fn connected(&mut self, session: u64, random: &mut SmallRng) -> ToCar {
        let mut challenge = [0; 32];
        random.fill_bytes(&mut challenge);
        self.sessions.insert(session, Session { challenge, car: None, written: 0 });
        ToCar::Challenge { nonce: challenge }
    }

    /// A connection is gone.
    pub async fn disconnected(&mut self, session: u64, now: Timestamp) {
        if let Some(Session { car: Some(car), .. }) = self.sessions.remove(&session) {
            self.wires.up.lock().unwrap().remove(&car.vehicle);
            self.house.link_changed(car, false, now).await;
        }
    }

    /// A frame came: what goes back, or the end of the connection.
    ///
    /// # Errors
    /// Why the connection ends.
    pub async fn hears(&mut self, session: u64, frame: FromCar, now: Timestamp) -> Result<Vec<ToCar>, LinkRefusal> {
        let Some(known) = self.sessions.get(&session).cloned() else { return Ok(Vec::new()) };
        match (frame, known.car) {
            (FromCar::Enrol(request), None) => {
                let grant = self.house.enrol(&request, &known.challenge, now).await?;
                Ok(vec![ToCar::Enrolled { grant }])
            }
            (FromCar::Hello(hello), None) => {
                let greeted = self.house.greet(&hello, &known.challenge, now).await?;
                self.wires.up.lock().unwrap().insert(greeted.car.vehicle);
                self.house.link_changed(greeted.car, true, now).await;
                self.sessions
                    .insert(session, Session { car: Some(greeted.car), written: greeted.last_sequence, ..known });
                let mut back = vec![ToCar::Welcome { welcome: greeted.welcome }];
                back.extend(greeted.left);
                back.extend(greeted.resend);
                Ok(self.in_order(session, back))
            }
            (FromCar::Command(command), Some(car)) => Ok(vec![self.house.command(car, &command, now).await?]),
            (FromCar::Report(report), Some(car)) => {
                self.house.report(car, report, now).await;
                Ok(Vec::new())
            }
            (FromCar::Received { sequence }, Some(car)) => {
                let more = self.house.received(car, sequence, now).await;
                Ok(self.in_order(session, more))
            }
            (FromCar::AskBills { bills }, Some(car)) => {
                let answers = self.house.ask_bills(car, &bills, now).await;
                Ok(self.in_order(session, answers))
            }
            (FromCar::Fixes { fixes }, Some(car)) => Ok(self.house.fixes(car, &fixes, now).await),
            _ => Err(LinkRefusal::Protocol),
        }
    }

    /// Only what is next in the car's sequence is written; a gap is filled from the rows with the next acknowledgement.
    pub fn in_order(&mut self, session: u64, frames: Vec<ToCar>) -> Vec<ToCar> {
        let Some(known) = self.sessions.get_mut(&session) else { return Vec::new() };
        let mut fit = Vec::new();
        for frame in frames {
            let sequence = match &frame {
                ToCar::Envelope { sequence, .. }
                | ToCar::NewPlatformKey { sequence, .. }
                | ToCar::Told { sequence, .. } => Some(*sequence),
                _ => None,
            };
            match sequence {
                Some(sequence) if sequence != known.written + 1 => {}
                Some(sequence) => {
                    known.written = sequence;
                    fit.push(frame);
                }
                None => fit.push(frame),
            }
        }
        fit
    }

    /// Messages that linked cars have not acknowledged for three seconds, as the relay sends them again.
    pub async fn unreceived(&self, now: Timestamp) -> Vec<(VehicleId, ToCar)> {
        let before = now.before(Duration::from_secs(3));
        let found = self.store.unreceived(before, 256).await.unwrap();
        found.into_iter().filter(|(vehicle, _)| self.wires.is_connected(*vehicle)).collect()
    }

    /// Timers that are due, then one batch. Stops where it dies.
    pub async fn batch(&self, now: Timestamp) {
        for (fleet, offer) in self.store.due_offers(now, 256).await.unwrap() {
            let _ = self.house.offer_due(fleet, offer, now).await;
        }
        for (fleet, reservation) in self.store.due_reservations(now, 256).await.unwrap() {
            let _ = self.house.reservation_due(fleet, reservation, now).await;
        }
        if !self.doom.is_dead() {
            let _ = self.house.dispatch(fleet(), now).await;
        }
    }
}
