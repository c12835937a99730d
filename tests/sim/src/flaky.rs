//! Books that die with the platform: at a chosen commit, before it is written or right after. What was not answered is not
//! known to anybody.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use async_trait::async_trait;
use fareway::{
    bill::model::Bill,
    payment::{
        model::{OutTradeNo, Payment},
        ports::{Books, Case, Change, Committed, Due},
    },
    store::Store,
    store_error::StoreError,
};
use fareway_shared::{
    id::{BillId, DeviceId, FleetId, PaymentId, TripId, VehicleId},
    meter::TripRecord,
    money::Money,
    time::Timestamp,
};

/// When the platform dies.
#[derive(Debug, Default)]
pub struct Doom {
    /// Commits until then; below zero nothing is decided.
    commits: AtomicI64,
    /// After that commit is written instead of before.
    after: AtomicBool,
    dead: AtomicBool,
}

impl Doom {
    /// No death is near.
    #[must_use]
    pub fn far() -> Self {
        Self { commits: AtomicI64::new(-1), ..Self::default() }
    }

    /// The platform dies at the commit after so many more.
    pub fn comes(&self, commits: i64, after: bool) {
        self.after.store(after, SeqCst);
        self.commits.store(commits, SeqCst);
    }

    /// Whether it is dead.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        self.dead.load(SeqCst)
    }

    /// It is started again.
    pub fn is_over(&self) {
        self.commits.store(-1, SeqCst);
        self.dead.store(false, SeqCst);
    }

    /// Whether this commit is the one.
    fn strikes(&self) -> bool {
        let left = self.commits.load(SeqCst);
        if left < 0 {
            return false;
        }
        self.commits.store(left - 1, SeqCst);
        left == 0
    }
}

/// The store, until it dies.
pub struct FlakyBooks {
    /// The store.
    pub store: Arc<Store>,
    /// When.
    pub doom: Arc<Doom>,
}

fn gone() -> StoreError {
    StoreError::Unavailable("the platform is dead".into())
}

#[async_trait]
impl Books for FlakyBooks {
    async fn commit(&self, change: Change, now: Timestamp) -> Result<Committed, StoreError> {
        if self.doom.is_dead() {
            return Err(gone());
        }
        if !self.doom.strikes() {
            return self.store.commit(change, now).await;
        }
        if self.doom.after.load(SeqCst) {
            let _ = self.store.commit(change, now).await;
        }
        self.doom.dead.store(true, SeqCst);
        Err(gone())
    }

    async fn case(&self, out_trade_no: &OutTradeNo) -> Result<Option<Case>, StoreError> {
        self.store.case(out_trade_no).await
    }

    async fn case_of(&self, fleet: FleetId, payment: PaymentId) -> Result<Option<Case>, StoreError> {
        self.store.case_of(fleet, payment).await
    }

    async fn bill(&self, fleet: FleetId, bill: BillId) -> Result<Option<Bill>, StoreError> {
        self.store.bill(fleet, bill).await
    }

    async fn latest_payment(&self, fleet: FleetId, bill: BillId) -> Result<Option<Payment>, StoreError> {
        self.store.latest_payment(fleet, bill).await
    }

    async fn meter_record_bill(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        record_key: &str,
    ) -> Result<Option<Option<BillId>>, StoreError> {
        self.store.meter_record_bill(fleet, vehicle, record_key).await
    }

    async fn keyed_bill_of(&self, fleet: FleetId, trip: TripId) -> Result<Option<(BillId, Money)>, StoreError> {
        self.store.keyed_bill_of(fleet, trip).await
    }

    async fn left_bills(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        device: DeviceId,
        paid_after: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Bill, Option<TripRecord>)>, StoreError> {
        self.store.left_bills(fleet, vehicle, device, paid_after, limit).await
    }

    async fn left_unpaid(&self, fleet: FleetId, vehicle: VehicleId, since: Timestamp) -> Result<u32, StoreError> {
        self.store.left_unpaid(fleet, vehicle, since).await
    }

    async fn due(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<Due>, StoreError> {
        self.store.due(now, lease, limit).await
    }

    async fn hasten(&self, fleet: FleetId, payment: PaymentId, due_at: Timestamp) -> Result<(), StoreError> {
        self.store.hasten(fleet, payment, due_at).await
    }
}
