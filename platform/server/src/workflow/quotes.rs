//! Prices before the ride: the way by road or by its stand-in, the tariff in force at the pick-up, and a quote that is kept. A
//! booking names its quote; what it promises is read from the kept one, never from whoever books.

use std::time::Duration;

use fareway_shared::{
    id::{FleetId, QuoteId},
    place::LatLng,
    ride::Quoted,
    time::Timestamp,
};

use super::House;
use crate::{
    reservation::{
        error::{QuoteProblem, ReservationError},
        model::Booking,
    },
    tariff::{
        error::TariffError,
        model::{Journey, QuoteKind, StoredQuote, WantedExtra},
        service::TariffService,
    },
};

/// A quote is good for so long.
const GOOD: Duration = Duration::from_secs(30 * 60);
/// Book and quote must be about the same places, metres: addresses are looked up twice.
const SAME_PLACE_M: f64 = 50.0;

/// What a price is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct QuoteAsked {
    /// Where the passenger waits.
    pub pickup: LatLng,
    /// Where to.
    pub dropoff: LatLng,
    /// When; `None` is now.
    pub pickup_at: Option<Timestamp>,
    /// The vehicle class, as the tariff names it.
    pub class: String,
    /// Tolls that are passed, as the tariff names them.
    pub tolls: Vec<String>,
    /// Child seats and the like.
    pub extras: Vec<WantedExtra>,
}

impl House {
    /// Publishing and reading tariffs.
    #[must_use]
    pub fn tariffs(&self) -> &TariffService {
        &self.tariffs
    }

    /// Quotes a ride, and keeps the quote.
    ///
    /// # Errors
    /// [`TariffError`]: no tariff is in force then, or it has no such class, toll or extra.
    pub async fn quote(&self, fleet: FleetId, asked: QuoteAsked, now: Timestamp) -> Result<StoredQuote, TariffError> {
        let way = self.dispatch_terms(fleet).eta.between(asked.pickup, asked.dropoff);
        let journey = Journey {
            pickup: asked.pickup,
            dropoff: Some(asked.dropoff),
            pickup_at: asked.pickup_at.unwrap_or(now),
            road_m: whole_metres(way.m),
            road_s: way.ms.div_ceil(1_000),
            waiting_s: 0,
            class: asked.class,
            tolls: asked.tolls,
            extras: asked.extras,
        };
        self.tariffs.quote(fleet, &journey, now).await
    }

    /// What the quote of a booking promises; nothing if it names none.
    pub(super) async fn quoted(
        &self,
        fleet: FleetId,
        booking: &Booking,
        now: Timestamp,
    ) -> Result<Option<Quoted>, ReservationError> {
        let Some(id) = booking.quote else { return Ok(None) };
        let stored = self.kept_quote(fleet, id).await?.ok_or(QuoteProblem::Unknown)?;
        if now.since(stored.quoted_at) > GOOD {
            return Err(QuoteProblem::Old.into());
        }
        let journey = &stored.quote.journey;
        let near = |one: LatLng, other: LatLng| one.crow_m(other) <= SAME_PLACE_M;
        let same_end = journey.dropoff.zip(booking.dropoff.as_ref()).is_some_and(|(one, other)| near(one, other.place));
        if !near(journey.pickup, booking.pickup.place) || !same_end {
            return Err(QuoteProblem::OtherJourney.into());
        }
        let fixed = stored.quote.kind == QuoteKind::Fixed;
        Ok(Some(Quoted { total: stored.quote.total, fixed }))
    }

    async fn kept_quote(&self, fleet: FleetId, id: QuoteId) -> Result<Option<StoredQuote>, ReservationError> {
        self.tariffs.stored_quote(fleet, id).await.map_err(|error| match error {
            TariffError::Store(error) => ReservationError::Store(error),
            other => {
                tracing::error!(error = %other, quote.id = %id, "a kept quote does not come out as it was given");
                QuoteProblem::Unknown.into()
            }
        })
    }
}

#[expect(clippy::as_conversions, reason = "metres of a ride; the cast saturates")]
fn whole_metres(metres: f64) -> u32 {
    metres.round() as u32
}
