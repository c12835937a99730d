//! The tables of states, walked cell by cell, and the page of the documentation that is made from them.
#![expect(clippy::unwrap_used, reason = "test code")]

use std::{fmt::Debug, path::Path};

use fareway::{
    matching::model::{OFFER, Offer, OfferEvent, OfferState, Reason},
    reservation::{
        error::ReservationError,
        model::{Booking, BookingTerms, Contact, RESERVATION, Reservation, ReservationEvent, ReservationState},
    },
    transition::{Listed, Refused, Role, Table},
    trip::{
        error::TripError,
        model::{TRIP, Trip, TripEvent, TripState},
    },
};
use fareway_shared::{
    id::{FleetId, OfferId, ReservationId, TripId, VehicleId},
    place::LatLng,
    ride::Stop,
    time::Timestamp,
};
use uuid::Uuid;

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

fn booking() -> Booking {
    Booking {
        pickup: Stop { place: LatLng::new(31.3, 120.6).unwrap(), words: String::new() },
        dropoff: None,
        pickup_at: None,
        passenger: String::new(),
        contact: Contact::Phone("1".to_owned()),
        note: String::new(),
        seats: 1,
        class: None,
        wheelchair: false,
        quote: None,
        quoted: None,
    }
}

fn reservation(state: ReservationState) -> Reservation {
    let second = std::time::Duration::from_secs(1);
    let terms = BookingTerms { patience: second, lead: second, ahead_max: second, seats_max: 4 };
    let (fleet, id) = (FleetId(Uuid::nil()), ReservationId(Uuid::nil()));
    let made = Reservation::request(fleet, id, booking(), (String::new(), String::new()), &terms, NOW);
    Reservation { state, ..made }
}

fn offer(state: OfferState) -> Offer {
    Offer {
        fleet: FleetId(Uuid::nil()),
        id: OfferId(Uuid::nil()),
        reservation: ReservationId(Uuid::nil()),
        vehicle: VehicleId(Uuid::nil()),
        driver: None,
        state,
        pickup_m: 0,
        pickup_s: 0,
        reason: Reason {
            by: "batch".to_owned(),
            batch: [1, 1],
            measure: "crow".to_owned(),
            pickup_s: 0,
            worth_s: 0,
            adds_s: 0,
            nearer: Vec::new(),
        },
        sent_at: NOW,
        expires_at: NOW.after(std::time::Duration::from_secs(20)),
        ended_at: None,
        revision: 0,
    }
}

fn trip(state: TripState) -> Trip {
    let id = Uuid::nil();
    let car = (VehicleId(id), None);
    let made = Trip::reserved(FleetId(id), TripId(id), ReservationId(id), car, false, None, NOW);
    Trip { state, ..made }
}

/// Walks every cell. `step` does it to an entity in that state and says where it stands then.
fn walk<S: Listed, E: Listed>(
    table: &Table<S, E>,
    step: impl Fn(S, E, Role) -> (Result<bool, Option<Refused<S, E>>>, S),
) -> [usize; 2] {
    assert_eq!(table.contradiction(), None, "two rows fill one cell");
    let (mut legal, mut illegal) = (0, 0);
    for (state, event) in S::ALL.iter().flat_map(|state| E::ALL.iter().map(move |event| (*state, *event))) {
        for by in Role::ALL {
            let rows = table.0.iter().filter(|row| row.event == event && row.from.contains(&state));
            let (anybody, to) = (rows.clone().count() > 0, rows.clone().find(|row| row.by.contains(&by)));
            let (result, after) = step(state, event, by);
            match (to, result) {
                (Some(row), Ok(changed)) => {
                    assert_eq!((after, changed), (row.to, row.to != state), "{state:?} {event:?} {by:?}");
                    legal += 1;
                }
                (None, Err(Some(refused))) => {
                    let expected =
                        if anybody { Refused::NotYours { state, event, by } } else { Refused::NotNow { state, event } };
                    assert_eq!((refused, after), (expected, state), "a refused event changes nothing");
                    illegal += 1;
                }
                (row, result) => panic!("{state:?} {event:?} {by:?}: the table says {row:?}, it answers {result:?}"),
            }
        }
    }
    [legal, illegal]
}

fn of<S: Debug + Copy, E: Debug + Copy>(refused: &Refused<S, E>) -> Option<Refused<S, E>> {
    Some(*refused)
}

#[test]
fn a_reservation_does_what_its_table_says_in_every_cell_and_refuses_every_other() {
    let [legal, illegal] = walk(&RESERVATION, |state, event, by| {
        let mut one = reservation(state);
        let result = one.step(event, by).map_err(|error| match &error {
            ReservationError::Refused(refused) => of(refused),
            _ => None,
        });
        (result, one.state)
    });
    assert_eq!(legal + illegal, ReservationState::ALL.len() * ReservationEvent::ALL.len() * Role::ALL.len());
    assert!(legal > 20 && illegal > 200, "{legal} legal cells, {illegal} others");
}

#[test]
fn an_offer_does_what_its_table_says_in_every_cell_and_refuses_every_other() {
    let [legal, illegal] = walk(&OFFER, |state, event, by| {
        let mut one = offer(state);
        let result = one.step(event, by, NOW).map_err(|error| match &error {
            fareway::matching::error::OfferError::Refused(refused) => of(refused),
            _ => None,
        });
        (result, one.state)
    });
    assert_eq!(legal + illegal, OfferState::ALL.len() * OfferEvent::ALL.len() * Role::ALL.len());
}

#[test]
fn a_trip_does_what_its_table_says_in_every_cell_and_refuses_every_other() {
    let [legal, illegal] = walk(&TRIP, |state, event, by| {
        let mut one = trip(state);
        let result = one.step(event, by, NOW).map_err(|error| match &error {
            TripError::Refused(refused) => of(refused),
            TripError::Pin => None,
        });
        (result, one.state)
    });
    assert_eq!(legal + illegal, TripState::ALL.len() * TripEvent::ALL.len() * Role::ALL.len());
}

#[test]
fn an_offer_is_not_taken_after_its_end() {
    let mut late = offer(OfferState::Received);
    let error = late.step(OfferEvent::Accept, Role::Driver, NOW.after(std::time::Duration::from_secs(22))).unwrap_err();
    assert!(matches!(error, fareway::matching::error::OfferError::Late), "{error}");
    assert_eq!(late.state, OfferState::Received);
}

#[test]
fn the_documentation_shows_the_tables_as_they_are() {
    let page = format!(
        "# Reservations, offers and trips: what may happen\n\nMade from the tables in the code; `FAREWAY_WRITE_DOCS=1 cargo \
         test -p fareway --test states` writes it anew. What no row names is refused with a typed error. Where a row leads to \
         the state that it is in, nothing changes and nobody is told again.\n\n## Reservation\n\n{}\n## Offer\n\n{}\n## Trip\n\n{}",
        RESERVATION.page(),
        OFFER.page(),
        TRIP.page()
    );
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/dispatch-states.md");
    if std::env::var_os("FAREWAY_WRITE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(&file).unwrap_or_default(),
        page,
        "docs/dispatch-states.md is not what the code says"
    );
}
