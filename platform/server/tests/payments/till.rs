//! A car with one open bill, the payment slice on a WAL file, and a clock in the test's hand.

use std::{sync::Arc, time::Duration};

use fareway::{
    bill::model::{Bill, BillState},
    console::ports::ConsoleRead,
    fleet::{model::Vehicle, ports::FleetStore},
    payment::{
        ledger::StreetHailLedger,
        model::Payment,
        ports::{Books, Change, Committed, Outlet},
        service::{PayResult, Payments},
    },
    store::Store,
    workflow::{KeySealer, SystemFresh},
};
use fareway_shared::{
    id::{BillId, DeviceId, FleetId, PaymentId, TripId, VehicleId},
    money::{Currency, Money},
    signature::PrivateKey,
    statement::{BillLine, BillStatement, FareSource, LineKind},
    time::Timestamp,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::alipay::Alipay;

pub(crate) const FLEET: FleetId = FleetId(Uuid::from_u128(1));
pub(crate) const FARE: Money = Money::new(2340, Currency::CNY);
const PAYER: &str = "2088102150477652";
const LIFE: Duration = Duration::from_secs(300);

/// Nobody is connected.
struct NoHints;

impl Outlet for NoHints {
    fn committed(&self, _committed: Committed) {}
}

pub(crate) struct Till {
    pub(crate) alipay: Arc<Alipay>,
    pub(crate) store: Arc<Store>,
    pub(crate) bill: BillId,
    pub(crate) now: Timestamp,
    _folder: TempDir,
}

impl Till {
    pub(crate) async fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("till.db").display());
        let key = PrivateKey::from_bytes(&[7; 32]);
        let store = Arc::new(Store::open(&url, Arc::new(KeySealer(key))).await.unwrap());
        store.put_fleet(FLEET, "Star Taxi", Currency::CNY).await.unwrap();
        let id = VehicleId(Uuid::from_u128(2));
        let car = Vehicle { fleet: FLEET, id, plate: "苏E·X1234".to_owned(), driver: None };
        store.add_vehicle(&car).await.unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        let statement = BillStatement {
            fleet: FLEET,
            vehicle: car.id,
            trip: TripId(Uuid::from_u128(3)),
            bill: BillId(Uuid::from_u128(4)),
            version: 1,
            frames_sha256: [0; 32],
            source: FareSource::Keyed,
            lines: vec![BillLine { kind: LineKind::Fare, amount_minor: FARE.minor }],
            total: FARE,
            nonce: [5; 16],
            counter: 1,
            stated_at: now,
        };
        let bill = Bill::issue(&statement, DeviceId(Uuid::from_u128(5)), now);
        let till = Self { alipay: Arc::default(), store, bill: bill.id, now, _folder: folder };
        till.put(Change { bill: Some(bill), ..Change::default() }).await;
        till
    }

    /// The use cases over the store.
    pub(crate) fn payments(&self) -> Payments {
        self.payments_over(self.store.clone())
    }

    /// The use cases over other books.
    pub(crate) fn payments_over(&self, books: Arc<dyn Books>) -> Payments {
        let ledger = Arc::new(StreetHailLedger);
        Payments::new(books, self.alipay.clone(), ledger, Arc::new(NoHints), Arc::new(SystemFresh), LIFE)
    }

    /// A press on "pay", which places an order.
    pub(crate) async fn pay(&self) -> PaymentId {
        let placed = self.press(&self.payments()).await;
        assert!(matches!(placed, PayResult::Ready { .. }), "{placed:?}");
        self.payment().await.id
    }

    /// A press on "pay".
    pub(crate) async fn press(&self, payments: &Payments) -> PayResult {
        payments.pay(FLEET, self.bill, 1, PAYER, self.now).await.unwrap()
    }

    /// Time passes, and whatever becomes due is done.
    pub(crate) async fn passes(&mut self, span: Duration) {
        let until = self.now.after(span);
        while self.now < until {
            self.now = self.now.after(Duration::from_secs(1)).min(until);
            for due in self.store.due(self.now, Duration::from_secs(30), 64).await.unwrap() {
                self.payments().advance(&due, self.now).await.unwrap();
            }
        }
    }

    pub(crate) async fn put(&self, change: Change) {
        self.store.commit(Change { fleet: Some(FLEET), ..change }, self.now).await.unwrap();
    }

    pub(crate) async fn bill(&self) -> Bill {
        self.store.bill(FLEET, self.bill).await.unwrap().unwrap()
    }

    pub(crate) async fn payment(&self) -> Payment {
        self.store.latest_payment(FLEET, self.bill).await.unwrap().unwrap()
    }

    /// The driver has ended the bill.
    pub(crate) async fn ends(&self, state: BillState) {
        let bill = Bill { state, ..self.bill().await };
        self.put(Change { bill: Some(bill), ..Change::default() }).await;
    }

    pub(crate) async fn has_alarm(&self, kind: &str) -> bool {
        let board = self.store.stored_board(FLEET, self.now).await.unwrap();
        board.alarms.iter().any(|alarm| alarm.kind == kind)
    }

    /// The dispatcher has dealt with everything so far.
    pub(crate) async fn clears_alarms(&self) {
        for alarm in self.store.stored_board(FLEET, self.now).await.unwrap().alarms {
            self.store.clear_alarm(FLEET, alarm.id, "mei", self.now).await.unwrap();
        }
    }

    /// What was earned, and what belongs to nobody.
    pub(crate) async fn books(&self) -> (i64, i64) {
        let balance = async |account| self.store.balance(FLEET, account).await.unwrap();
        (-balance("fare_income").await, -balance("suspense").await)
    }
}
