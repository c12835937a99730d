//! One whole ride with people who retry as people do, and what must be true of it afterwards.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use fareway_driver_app::state::{Action, Page};
use fareway_harness::{car::Car, house::House, passenger::Passenger, patience::until};
use fareway_shared::{
    id::BillId,
    money::{Currency, Money},
};

/// A car, its passenger and the rides they have made so far.
pub(crate) struct Street {
    pub(crate) house: House,
    pub(crate) car: Car,
    pub(crate) passenger: Passenger,
    faces: Arc<Mutex<Vec<(BillId, u64)>>>,
    rides: AtomicU32,
}

impl Street {
    /// A linked car and a phone.
    pub(crate) async fn of(house: House) -> Self {
        let car = house.car("苏E·X1234").await;
        let passenger = house.passenger().await;
        let faces = Arc::default();
        tokio::spawn(watch_faces(car.screens(), Arc::clone(&faces)));
        Self { house, car, passenger, faces, rides: AtomicU32::new(0) }
    }

    /// From the meter to the screen, while `mishap` happens; then everything is checked.
    pub(crate) async fn rides_while(&self, mishap: impl Future<Output = ()>) {
        let ride = self.rides.fetch_add(1, Ordering::SeqCst) + 1;
        // Each ride has a fare of its own, so that none is taken for another.
        let fare = fare(ride);
        let (car, passenger) = (&self.car, &self.passenger);
        let ride = async {
            let link = car.drives_a_hire(ride, fare).await;
            tokio::join!(passenger.insists(&link), car.shows_paid(fare));
        };
        tokio::join!(ride, mishap);
        self.ended_well().await;
    }

    /// Paid exactly once, shown exactly once, nothing lost.
    async fn ended_well(&self) {
        let rides = self.rides.load(Ordering::SeqCst);
        let earned: i64 = (1..=rides).map(|ride| fare(ride).minor).sum();
        let rides = usize::try_from(rides).unwrap();
        until("the platform knows that every bill was paid and shown", || async {
            let payments = self.house.board().await.payments;
            let shown = payments.iter().filter(|row| row.bill_state == "paid" && row.shown_at.is_some()).count();
            (payments.len() == rides && shown == rides).then_some(())
        })
        .await;
        let trades = self.house.alipay.trades().await;
        assert_eq!(self.house.balance("fare_income").await, -earned, "one capture each");
        assert_eq!(self.house.balance("alipay_receivable").await, earned, "{trades:?}");
        assert_eq!(self.house.balance("suspense").await, 0);
        let paid = trades.iter().filter(|trade| trade["status"] == "TRADE_SUCCESS").count();
        assert_eq!(paid, rides, "Alipay took the money once each: {trades:?}");
        assert!(self.house.board().await.alarms.is_empty(), "nobody is called for an ordinary restart");
        self.car.act(Action::Dismiss).await;
        self.car
            .until("the verdict is put away", |screen| matches!(screen.view.page, Page::Vacant(_)).then_some(()))
            .await;
        let faces = self.faces.lock().unwrap().clone();
        assert_eq!(faces.len(), rides, "one PAID face for each bill: {faces:?}");
    }
}

fn fare(ride: u32) -> Money {
    Money::new(2340 + i64::from(ride), Currency::CNY)
}

/// Notes every PAID face that the screen turns to.
async fn watch_faces(
    mut screens: tokio::sync::watch::Receiver<Arc<fareway_driver_app::app::Screen>>,
    faces: Arc<Mutex<Vec<(BillId, u64)>>>,
) {
    while screens.changed().await.is_ok() {
        if let Page::Paid(paid) = &screens.borrow_and_update().view.page {
            let mut faces = faces.lock().unwrap();
            if faces.last() != Some(&(paid.bill, paid.sequence)) {
                faces.push((paid.bill, paid.sequence));
            }
        }
    }
}
