//! How the slices work together: what a car's message, a passenger's press and a dispatcher's command set in motion.
//!
//! [`House`] holds the parts; [`cars`] is the car's side of it and [`commands`] what each of its commands does;
//! [`quotes`], [`reservations`], [`dispatch`] and [`rides`] are a reserved ride from booking to the driver's hands;
//! [`passengers`] and [`dispatchers`] with [`desk_reservations`] are the other two desks; [`live`] is what only memory
//! knows. [`words`] are the sentences drivers read when a command is refused.

mod cars;
mod commands;
mod desk_reservations;
pub mod dispatch;
mod dispatchers;
pub mod live;
mod passengers;
pub mod quotes;
mod reservations;
mod rides;
mod words;

use std::{collections::HashMap, sync::Arc, time::Duration};

use fareway_shared::{
    envelope::verdict::Verdict,
    id::{FleetId, VehicleId},
    money::Currency,
    ride::DriverNotice,
    signature::{PrivateKey, Signed},
    time::Timestamp,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{
    alarm::Alarm,
    console::ports::ConsoleRead,
    fleet::{
        key_ring::KeyRing,
        ports::{CarLinks, FleetStore},
    },
    matching::ports::OfferStore,
    passenger::ports::{PassengerStore, SignIn},
    payment::{
        ports::{Books, Change, Committed, Fresh, Gateway, Outlet, Sealer},
        service::Payments,
    },
    reservation::ports::ReservationStore,
    store_error::StoreError,
    tariff::service::TariffService,
    trip::ports::TripStore,
    workflow::{dispatch::DispatchTerms, live::Live},
};

/// How often a change is tried again when another came first.
const CONFLICTS_MAX: u32 = 8;

/// What the house must know of a fleet besides its rows.
#[derive(Clone, Debug)]
pub struct FleetTerms {
    /// The time zone of its receipts, by its IANA name.
    pub zone: String,
    /// Its name.
    pub name: String,
    /// Of its meters and prices.
    pub currency: Currency,
    /// Largest keyed extra and largest tip, minor units.
    pub cap_minor: i64,
    /// How it finds cars for passengers.
    pub dispatch: DispatchTerms,
}

/// The parts, joined.
pub struct House {
    /// Payments.
    pub payments: Arc<Payments>,
    outlet: Arc<dyn Outlet>,
    books: Arc<dyn Books>,
    fleet_store: Arc<dyn FleetStore>,
    passenger_store: Arc<dyn PassengerStore>,
    console_read: Arc<dyn ConsoleRead>,
    reservations: Arc<dyn ReservationStore>,
    offers: Arc<dyn OfferStore>,
    trips: Arc<dyn TripStore>,
    tariffs: TariffService,
    sign_in: Arc<dyn SignIn>,
    links: Arc<dyn CarLinks>,
    live: Arc<Live>,
    keys: KeyRing,
    fresh: Arc<dyn Fresh>,
    terms: HashMap<FleetId, FleetTerms>,
    public_url: String,
}

/// What [`House::new`] joins.
pub struct Parts {
    /// The books of payments.
    pub books: Arc<dyn Books>,
    /// Vehicles and devices.
    pub fleet_store: Arc<dyn FleetStore>,
    /// Behind the passenger's pages.
    pub passenger_store: Arc<dyn PassengerStore>,
    /// Behind the console.
    pub console_read: Arc<dyn ConsoleRead>,
    /// Reservations.
    pub reservations: Arc<dyn ReservationStore>,
    /// Offers, and cars that could have one.
    pub offers: Arc<dyn OfferStore>,
    /// Trips.
    pub trips: Arc<dyn TripStore>,
    /// Tariffs and quotes.
    pub tariffs: TariffService,
    /// Collects money.
    pub gateway: Arc<dyn Gateway>,
    /// Says who pays.
    pub sign_in: Arc<dyn SignIn>,
    /// Live links.
    pub links: Arc<dyn CarLinks>,
    /// What only memory knows.
    pub live: Arc<Live>,
    /// The platform's keys.
    pub keys: KeyRing,
    /// Fresh numbers.
    pub fresh: Arc<dyn Fresh>,
    /// The fleets.
    pub terms: HashMap<FleetId, FleetTerms>,
    /// Where passengers' links begin.
    pub public_url: String,
    /// How long a passenger has to pay one order.
    pub life: Duration,
}

impl House {
    /// Joins the parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let outlet: Arc<dyn Outlet> =
            Arc::new(Hints { links: Arc::clone(&parts.links), live: Arc::clone(&parts.live) });
        let payments = Arc::new(Payments::new(
            Arc::clone(&parts.books),
            parts.gateway,
            Arc::new(crate::payment::ledger::StreetHailLedger),
            Arc::clone(&outlet),
            Arc::clone(&parts.fresh),
            parts.life,
        ));
        Self {
            payments,
            outlet,
            books: parts.books,
            fleet_store: parts.fleet_store,
            passenger_store: parts.passenger_store,
            console_read: parts.console_read,
            reservations: parts.reservations,
            offers: parts.offers,
            trips: parts.trips,
            tariffs: parts.tariffs,
            sign_in: parts.sign_in,
            links: parts.links,
            live: parts.live,
            keys: parts.keys,
            fresh: parts.fresh,
            terms: parts.terms,
            public_url: parts.public_url,
        }
    }

    /// The key of passengers' tokens and cookies: derived from the platform's, so that nothing else needs keeping. What was
    /// signed under an earlier platform key still opens.
    #[must_use]
    pub fn token_secrets(&self) -> ([u8; 32], Vec<[u8; 32]>) {
        let derived = |key: &PrivateKey| {
            let secret = key.to_bytes();
            // HMAC takes a key of any length, so this cannot fail; a random key would only end the passengers' sessions.
            let mac = Hmac::<Sha256>::new_from_slice(secret.as_ref()).map(|mut mac| {
                mac.update(b"fareway passenger tokens 1");
                mac.finalize().into_bytes().into()
            });
            mac.unwrap_or_else(|_| rand::random())
        };
        (derived(self.keys.current()), self.keys.earlier().map(derived).collect())
    }

    /// Commits a change, then tells live links and pages.
    async fn commit(&self, change: Change, now: Timestamp) -> Result<(), StoreError> {
        let committed = self.books.commit(change, now).await?;
        self.outlet.committed(committed);
        Ok(())
    }

    /// Raises an alarm on its own. If even that fails the log has it.
    async fn raise(&self, alarm: Alarm, now: Timestamp) {
        tracing::warn!(alarm.kind = alarm.kind.word(), alarm.subject = %alarm.subject, "an alarm was raised");
        if let Err(error) = self.console_read.raise(&alarm, now).await {
            tracing::error!(%error, alarm.kind = alarm.kind.word(), "an alarm could not be stored");
        }
        self.live.touch_fleet(alarm.fleet);
    }
}

/// Sends hints after a commit to whoever is connected right now.
struct Hints {
    links: Arc<dyn CarLinks>,
    live: Arc<Live>,
}

impl Outlet for Hints {
    fn committed(&self, committed: Committed) {
        for (vehicle, message) in committed.messages {
            self.links.send(vehicle, message);
        }
        if let Some(vehicle) = committed.vehicle {
            self.live.touch_vehicle(vehicle);
        }
        if let Some(reservation) = committed.reservation {
            self.live.touch_reservation(reservation);
        }
        if let Some(fleet) = committed.fleet {
            self.live.touch_fleet(fleet);
        }
    }
}

/// Seals verdicts and notices with the platform's key.
#[derive(Clone, Debug)]
pub struct KeySealer(pub PrivateKey);

impl Sealer for KeySealer {
    fn seal(&self, verdict: &Verdict) -> Signed {
        verdict.seal(&self.0)
    }

    fn seal_notice(
        &self,
        notice: &DriverNotice,
        vehicle: VehicleId,
        sequence: u64,
    ) -> Result<Signed, serde_json::Error> {
        notice.seal(vehicle, sequence, &self.0)
    }
}

/// Fresh numbers from the system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemFresh;

impl Fresh for SystemFresh {
    fn id(&self, now: Timestamp) -> uuid::Uuid {
        let seconds = u64::try_from(now.seconds()).unwrap_or(0);
        let nanos = u32::try_from(now.0.rem_euclid(1_000_000).saturating_mul(1_000)).unwrap_or(0);
        uuid::Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
    }

    fn bytes16(&self) -> [u8; 16] {
        rand::random()
    }
}
