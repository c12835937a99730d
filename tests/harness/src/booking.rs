//! Rides that are booked: what passengers and dispatchers ask for, and what drivers do with it.

use fareway::{
    reservation::{
        error::ReservationError,
        model::{Booking, Contact, Reservation, ReservationState},
    },
    tariff::{
        model::StoredQuote,
        service::{Backdating, Publication},
    },
    transition::Role,
    workflow::quotes::QuoteAsked,
};
use fareway_driver_app::state::{Action, OfferView, Page, TripView};
use fareway_shared::{
    fix::RawFix,
    id::{FleetId, ReservationId},
    money::Currency,
    place::LatLng,
    protocol::car::{Duty, TripStep},
    ride::{Stop, TripStage},
    time::{Clock, SystemClock},
};

use crate::{
    car::Car,
    house::{House, fleets},
    patience::until,
};

/// A place by its name on the map that tests have in mind: kilometres east and north of Suzhou's railway station.
#[must_use]
pub fn km(east: f64, north: f64) -> LatLng {
    LatLng::new(31.330 + north / 111.2, 120.607 + east / 95.0).expect("near Suzhou")
}

/// A ride for one, now, from there.
#[must_use]
pub fn ride_from(pickup: LatLng) -> Booking {
    Booking {
        pickup: Stop { place: pickup, words: "苏州站北广场".to_owned() },
        dropoff: Some(Stop { place: km(6.0, -2.0), words: "金鸡湖".to_owned() }),
        pickup_at: None,
        passenger: "李女士".to_owned(),
        contact: Contact::Phone("+8613800000001".to_owned()),
        note: String::new(),
        seats: 1,
        class: None,
        wheelchair: false,
        quote: None,
        quoted: None,
    }
}

/// Twelve yuan for the first three kilometres, then 1.20 for each started half kilometre.
const TARIFF: &str = r#"
name = "Test tariff"
time_zone = "Asia/Shanghai"
currency = "CNY"
from = "2025-01-01T00:00"
classes = ["standard"]
[[rate]]
name = "always"
classes = ["standard"]
days = ["every_day"]
hours = ["00:00-24:00"]
flag_fall = "12.00"
flag_fall_m = 3000
flag_fall_s = 0
[[rate.distance]]
amount = "1.20"
unit_m = 500
"#;

fn first() -> FleetId {
    let [first, _] = fleets();
    first
}

impl House {
    /// Books with the first fleet.
    ///
    /// # Errors
    /// As whoever books is told.
    pub async fn books(&self, booking: Booking, key: &str) -> Result<Reservation, ReservationError> {
        self.desk().book(first(), booking, key, self.clock.now()).await
    }

    /// The first fleet publishes a tariff that is in force since last year.
    pub async fn publishes_a_tariff(&self) {
        let text = TARIFF;
        let publication = Publication {
            fleet: first(),
            currency: Currency::CNY,
            time_zone: "Asia/Shanghai",
            text,
            backdating: Backdating::Stated,
        };
        self.desk().tariffs().publish(publication, self.clock.now()).await.unwrap();
    }

    /// What a ride will cost.
    pub async fn quotes(&self, ride: &Booking) -> StoredQuote {
        let asked = QuoteAsked {
            pickup: ride.pickup.place,
            dropoff: ride.dropoff.as_ref().expect("it is known where to").place,
            pickup_at: ride.pickup_at,
            class: "standard".to_owned(),
            tolls: Vec::new(),
            extras: Vec::new(),
        };
        self.desk().quote(first(), asked, self.clock.now()).await.unwrap()
    }

    /// A reservation of the first fleet as it stands.
    pub async fn reservation(&self, reservation: ReservationId) -> Reservation {
        self.desk().reservation(first(), reservation).await.unwrap().expect("it was made")
    }

    /// Waits until a reservation stands so.
    pub async fn until_reserved(&self, reservation: ReservationId, state: ReservationState) -> Reservation {
        until(&format!("the reservation is {state:?}"), || async {
            Some(self.reservation(reservation).await).filter(|found| found.state == state)
        })
        .await
    }

    /// The passenger cancels.
    ///
    /// # Errors
    /// As the passenger is told.
    pub async fn cancels(&self, reservation: ReservationId) -> Result<Reservation, ReservationError> {
        let now = self.clock.now();
        self.desk().cancel_reservation(first(), reservation, Role::Passenger, "plans changed", now).await
    }
}

impl Car {
    /// The driver comes on shift, and the receiver says where the car is.
    pub async fn comes_on_shift(&self, at: LatLng) {
        self.act(Action::SetDuty(Duty::OnShift)).await;
        self.is_at(at).await;
        self.until("it is on shift", |screen| (screen.view.duty == Duty::OnShift).then_some(())).await;
        self.meter.vacant().await;
    }

    /// The receiver says where the car is now.
    pub async fn is_at(&self, at: LatLng) {
        let fix = RawFix {
            lat: Some(at.lat()),
            lng: Some(at.lng()),
            at: SystemClock.now(),
            accuracy_m: Some(6.0),
            speed_mps: Some(0.0),
            heading_deg: None,
        };
        self.act(Action::Fix(fix)).await;
    }

    /// Waits for an offer on the screen.
    pub async fn is_offered(&self) -> OfferView {
        self.until("a ride is offered", |screen| match &screen.view.page {
            Page::Offer(offer) if !offer.taken => Some(offer.clone()),
            _ => None,
        })
        .await
    }

    /// The driver takes the offer that comes; waits for the trip.
    pub async fn accepts(&self) -> TripView {
        self.is_offered().await;
        self.act(Action::AcceptOffer).await;
        self.until_trip(TripStage::EnRoute).await
    }

    /// The driver declines the offer that comes.
    pub async fn declines(&self) {
        self.is_offered().await;
        self.act(Action::DeclineOffer).await;
    }

    /// The driver moves the trip on.
    pub async fn moves(&self, step: TripStep) {
        self.act(Action::MoveTrip(step)).await;
    }

    /// Waits until the reserved trip stands so.
    pub async fn until_trip(&self, stage: TripStage) -> TripView {
        self.until("the trip moves on", |screen| match &screen.view.page {
            Page::Trip(trip) if trip.stage == stage => Some(trip.clone()),
            _ => None,
        })
        .await
    }

    /// Waits until the car is free again.
    pub async fn until_free(&self) {
        self.until("it is free", |screen| matches!(screen.view.page, Page::Vacant(_)).then_some(())).await;
    }
}
