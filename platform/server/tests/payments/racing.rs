//! Two things at once, brought about on purpose: what was read may have moved on before it is acted upon.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use fareway::{
    bill::model::{Bill, BillState},
    payment::{
        model::{OutTradeNo, Payment, PaymentState},
        ports::{Books, Case, Change, Committed, Due},
        service::PayResult,
    },
    store_error::StoreError,
};
use fareway_shared::{
    id::{BillId, DeviceId, FleetId, PaymentId, TripId, VehicleId},
    meter::TripRecord,
    money::Money,
    time::Timestamp,
};

use crate::{
    alipay::paid,
    till::{FARE, FLEET, Till},
};

/// Books in which the money is captured between the reading of the bill and the reading of its payments.
struct Overtaken<F> {
    books: Arc<dyn Books>,
    between: Mutex<Option<F>>,
}

#[async_trait]
impl<F: Future<Output = ()> + Send> Books for Overtaken<F> {
    async fn latest_payment(&self, fleet: FleetId, bill: BillId) -> Result<Option<Payment>, StoreError> {
        let between = self.between.lock().unwrap().take();
        if let Some(between) = between {
            between.await;
        }
        self.books.latest_payment(fleet, bill).await
    }

    async fn case(&self, out_trade_no: &OutTradeNo) -> Result<Option<Case>, StoreError> {
        self.books.case(out_trade_no).await
    }

    async fn case_of(&self, fleet: FleetId, payment: PaymentId) -> Result<Option<Case>, StoreError> {
        self.books.case_of(fleet, payment).await
    }

    async fn bill(&self, fleet: FleetId, bill: BillId) -> Result<Option<Bill>, StoreError> {
        self.books.bill(fleet, bill).await
    }

    async fn left_bills(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        device: DeviceId,
        paid_after: Timestamp,
        limit: u32,
    ) -> Result<Vec<(Bill, Option<TripRecord>)>, StoreError> {
        self.books.left_bills(fleet, vehicle, device, paid_after, limit).await
    }

    async fn left_unpaid(&self, fleet: FleetId, vehicle: VehicleId, since: Timestamp) -> Result<u32, StoreError> {
        self.books.left_unpaid(fleet, vehicle, since).await
    }

    async fn meter_record_bill(
        &self,
        fleet: FleetId,
        vehicle: VehicleId,
        record_key: &str,
    ) -> Result<Option<Option<BillId>>, StoreError> {
        self.books.meter_record_bill(fleet, vehicle, record_key).await
    }

    async fn keyed_bill_of(&self, fleet: FleetId, trip: TripId) -> Result<Option<(BillId, Money)>, StoreError> {
        self.books.keyed_bill_of(fleet, trip).await
    }

    async fn commit(&self, change: Change, now: Timestamp) -> Result<Committed, StoreError> {
        self.books.commit(change, now).await
    }

    async fn due(&self, now: Timestamp, lease: Duration, limit: u32) -> Result<Vec<Due>, StoreError> {
        self.books.due(now, lease, limit).await
    }

    async fn hasten(&self, fleet: FleetId, payment: PaymentId, due_at: Timestamp) -> Result<(), StoreError> {
        self.books.hasten(fleet, payment, due_at).await
    }
}

#[tokio::test]
async fn a_press_that_is_overtaken_by_the_money_opens_no_second_order() {
    let till = Till::open().await;
    let order = till.pay().await;
    till.alipay.says(paid(FARE));
    let (payments, now) = (till.payments(), till.now);
    let between = async move { payments.ask(FLEET, order, now).await.unwrap() };
    let overtaken = Overtaken { books: till.store.clone(), between: Mutex::new(Some(between)) };
    let pressed = till.press(&till.payments_over(Arc::new(overtaken))).await;
    assert_eq!(pressed, PayResult::NotOpen);
    assert_eq!(till.alipay.placed().len(), 1, "a second order was placed for a paid bill");
    assert_eq!((till.bill().await.state, till.books().await), (BillState::Paid, (FARE.minor, 0)));
}

#[tokio::test]
async fn a_press_that_is_overtaken_by_the_driver_opens_no_order_for_a_bill_that_was_ended() {
    let till = Till::open().await;
    let ended = Bill { state: BillState::PaidOtherwise, ..till.bill().await };
    let (store, now) = (till.store.clone(), till.now);
    let between = async move {
        store.commit(Change { fleet: Some(FLEET), bill: Some(ended), ..Change::default() }, now).await.unwrap();
    };
    let overtaken = Overtaken { books: till.store.clone(), between: Mutex::new(Some(between)) };
    let pressed = till.press(&till.payments_over(Arc::new(overtaken))).await;
    assert_eq!(pressed, PayResult::NotOpen);
    assert!(till.alipay.placed().is_empty());
}

#[tokio::test]
async fn a_second_press_of_the_same_phone_gets_the_same_order() {
    let till = Till::open().await;
    let order = till.pay().await;
    assert_eq!(till.press(&till.payments()).await, PayResult::Ready { trade_no: "T1".to_owned() });
    let payment = till.payment().await;
    assert_eq!((payment.id, payment.state), (order, PaymentState::AwaitingBuyer));
}
