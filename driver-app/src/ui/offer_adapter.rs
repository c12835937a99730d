//! The page of a ride that is offered.

use fareway_shared::time::Timestamp;
use slint::ComponentHandle;

use super::{
    Skin, Touches,
    generated::{AppWindow, OfferAdapter},
    label,
};
use crate::state::{Action, OfferView};

/// The bar is full at this much time or more, seconds.
const FULL_S: u8 = 20;

pub(super) fn show(ui: &AppWindow, offer: &OfferView, at: Timestamp, skin: &Skin) {
    let page = ui.global::<OfferAdapter>();
    let (ride, left) = (&offer.ride, offer.seconds_left.clamp(0, i64::from(u16::MAX)));
    page.set_seconds_left(i32::try_from(left).unwrap_or(i32::MAX));
    page.set_share_left(f32::from(u8::try_from(left).unwrap_or(FULL_S).min(FULL_S)) / f32::from(FULL_S));
    page.set_minutes(i32::try_from(offer.pickup_s.div_ceil(60).max(1)).unwrap_or(i32::MAX));
    page.set_distance(label::distance(offer.pickup_m).into());
    page.set_at(ride.pickup_at.map(|pickup| label::upcoming(pickup, at, &skin.zone)).unwrap_or_default().into());
    page.set_pickup(label::stop(&ride.pickup).into());
    page.set_dropoff(ride.dropoff.as_ref().map(label::stop).unwrap_or_default().into());
    page.set_fare(ride.quoted.map(|quoted| label::amount(quoted.total)).unwrap_or_default().into());
    page.set_fixed(ride.quoted.is_some_and(|quoted| quoted.fixed));
    page.set_seats(i32::from(ride.seats));
    page.set_note(ride.note.as_str().into());
    page.set_taken(offer.taken);
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let page = ui.global::<OfferAdapter>();
    let to = touches.clone();
    page.on_accept(move || to.send(Action::AcceptOffer));
    let to = touches.clone();
    page.on_decline(move || to.send(Action::DeclineOffer));
}
