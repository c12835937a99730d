//! The page of a reserved trip before its passenger rides.

use fareway_shared::{protocol::car::TripStep, ride::TripStage, time::Timestamp};
use slint::ComponentHandle;

use super::{
    Skin, Touches,
    generated::{AppWindow, TripAdapter, TripWord},
    label,
};
use crate::state::{Action, Purpose, TripView, View};

pub(super) fn show(ui: &AppWindow, trip: &TripView, view: &View, at: Timestamp, skin: &Skin) {
    let page = ui.global::<TripAdapter>();
    let ride = &trip.ride;
    page.set_word(match trip.stage {
        TripStage::Assigned => TripWord::Assigned,
        TripStage::EnRoute => TripWord::EnRoute,
        TripStage::Arrived => TripWord::Arrived,
        TripStage::OnBoard => TripWord::OnBoard,
    });
    page.set_at(ride.pickup_at.map(|pickup| label::upcoming(pickup, at, &skin.zone)).unwrap_or_default().into());
    page.set_pickup(label::stop(&ride.pickup).into());
    page.set_dropoff(ride.dropoff.as_ref().map(label::stop).unwrap_or_default().into());
    page.set_passenger(ride.passenger.as_str().into());
    page.set_seats(i32::from(ride.seats));
    page.set_fare(ride.quoted.map(|quoted| label::amount(quoted.total)).unwrap_or_default().into());
    page.set_fixed(ride.quoted.is_some_and(|quoted| quoted.fixed));
    page.set_note(ride.note.as_str().into());
    page.set_number_wanted(trip.pin_wanted);
    page.set_waiting(trip.waiting);
    page.set_silent(view.meter_stale);
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let page = ui.global::<TripAdapter>();
    let sender = |action: Action| {
        let to = touches.clone();
        move || to.send(action.clone())
    };
    page.on_depart(sender(Action::MoveTrip(TripStep::Depart)));
    page.on_arrive(sender(Action::MoveTrip(TripStep::Arrive)));
    page.on_key_number(sender(Action::OpenKeypad(Purpose::BoardingNumber)));
    page.on_key_fare(sender(Action::OpenKeypad(Purpose::Fare)));
    page.on_no_show(sender(Action::MoveTrip(TripStep::NoShow)));
    page.on_give_up(sender(Action::MoveTrip(TripStep::GiveUp)));
}
