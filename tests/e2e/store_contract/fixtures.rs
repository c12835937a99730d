//! A database of the test's own, and rows to put into it.

use std::{path::PathBuf, sync::Arc};

use fareway::{
    bill::model::Bill,
    fleet::{model::Vehicle, ports::FleetStore},
    payment::{
        model::{Payment, PaymentState},
        ports::{Books, Change},
    },
    store::Store,
    workflow::KeySealer,
};
use fareway_harness::{house::fleets, postgres::Postgres};
use fareway_shared::{
    id::{BillId, DeviceId, FleetId, PaymentId, TripId, VehicleId},
    money::{Currency, Money},
    signature::PrivateKey,
    statement::{BillLine, BillStatement, FareSource, LineKind},
    time::Timestamp,
};
use tempfile::TempDir;
use uuid::Uuid;

/// The instant at which a test plays.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

/// Where a database is.
pub(crate) struct Place {
    url: String,
    _folder: Option<TempDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let file: PathBuf = folder.path().join("contract.db");
        Self { url: format!("sqlite:{}", file.display()), _folder: Some(folder) }
    }

    pub(crate) async fn postgres() -> Self {
        let made = tokio::task::spawn_blocking(|| Postgres::shared().unwrap().fresh_database().unwrap());
        Self { url: made.await.unwrap(), _folder: None }
    }

    /// One more program on this database.
    pub(crate) async fn store(&self) -> Arc<Store> {
        let key = PrivateKey::from_bytes(&[7; 32]);
        Arc::new(Store::open(&self.url, Arc::new(KeySealer(key))).await.unwrap())
    }

    /// A store with both fleets and a car of the first.
    pub(crate) async fn with_a_car(&self) -> (Arc<Store>, VehicleId) {
        let store = self.store().await;
        for fleet in fleets() {
            store.put_fleet(fleet, "Star Taxi", Currency::CNY).await.unwrap();
        }
        let vehicle = a_car(&store, first(), "苏E·X1234").await;
        (store, vehicle)
    }

    /// Changes rows behind the store's back.
    pub(crate) async fn meddle(&self, sql: &'static str) {
        if self.url.starts_with("sqlite") {
            let pool = sqlx::SqlitePool::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap();
        } else {
            let pool = sqlx::PgPool::connect(&self.url).await.unwrap();
            sqlx::query(sql).execute(&pool).await.unwrap();
        }
    }
}

/// The first fleet.
pub(crate) fn first() -> FleetId {
    let [first, _] = fleets();
    first
}

pub(crate) async fn a_car(store: &Store, fleet: FleetId, plate: &str) -> VehicleId {
    let vehicle = Vehicle { fleet, id: VehicleId(Uuid::now_v7()), plate: plate.to_owned(), driver: None };
    store.add_vehicle(&vehicle).await.unwrap();
    vehicle.id
}

/// An open bill, as it stands in the books.
pub(crate) async fn a_bill(store: &Store, fleet: FleetId, vehicle: VehicleId) -> Bill {
    let total = Money::new(2340, Currency::CNY);
    let statement = BillStatement {
        fleet,
        vehicle,
        trip: TripId(Uuid::now_v7()),
        bill: BillId(Uuid::now_v7()),
        version: 1,
        frames_sha256: [0; 32],
        source: FareSource::Keyed,
        lines: vec![BillLine { kind: LineKind::Fare, amount_minor: total.minor }],
        total,
        nonce: [5; 16],
        counter: 1,
        stated_at: NOW,
    };
    let bill = Bill::issue(&statement, DeviceId(Uuid::now_v7()), NOW);
    put(store, Change { bill: Some(bill.clone()), ..in_fleet(fleet) }).await;
    store.bill(fleet, bill.id).await.unwrap().unwrap()
}

/// An attempt that is being placed; not in the books yet.
pub(crate) fn an_order(bill: &Bill) -> Payment {
    let life = std::time::Duration::from_secs(300);
    let mut payment = Payment::open(PaymentId(Uuid::now_v7()), bill, "2088102150477652", [3; 16], life, NOW);
    payment.state = PaymentState::Submitted;
    payment
}

/// An empty change of a fleet.
pub(crate) fn in_fleet(fleet: FleetId) -> Change {
    Change { fleet: Some(fleet), ..Change::default() }
}

pub(crate) async fn put(store: &Store, change: Change) {
    store.commit(change, NOW).await.unwrap();
}
