//! Publishing tariffs, and giving quotes that are kept. Called by the command line and by whoever takes bookings.

use std::sync::Arc;

use fareway_shared::{
    id::{FleetId, QuoteId, TariffId},
    money::Currency,
    time::Timestamp,
};

use crate::{
    store_error::StoreError,
    tariff::{
        error::TariffError,
        model::{Journey, StoredQuote, Tariff, TariffVersion, local_text, quote},
        ports::TariffStore,
    },
};

/// How often a publication is tried again when another one came first.
const TRIES: u32 = 4;

/// A tariff to be published.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// For which fleet.
    pub fleet: FleetId,
    /// What the fleet's meters and prices are in.
    pub currency: Currency,
    /// The fleet's time zone, by its IANA name.
    pub time_zone: &'a str,
    /// The tariff as the operator wrote it.
    pub text: &'a str,
    /// Whether it may begin before now or before a tariff that is published already.
    pub backdating: Backdating,
}

/// Whether a tariff may change what is in force already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backdating {
    /// No: it begins after now and after every other.
    Refused,
    /// Yes, and somebody said so. Quotes that were given stay as they are.
    Stated,
}

/// What publishing did.
#[derive(Clone, Debug, PartialEq)]
pub enum Published {
    /// There is a new version.
    Made(TariffVersion),
    /// This fleet has published the very same text before; nothing changed.
    AlreadyMade(TariffVersion),
}

/// The use cases of this slice.
#[derive(Clone)]
pub struct TariffService {
    store: Arc<dyn TariffStore>,
}

impl std::fmt::Debug for TariffService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TariffService")
    }
}

impl TariffService {
    /// Over a store.
    #[must_use]
    pub fn new(store: Arc<dyn TariffStore>) -> Self {
        Self { store }
    }

    /// Publishes a tariff as the fleet's next version.
    ///
    /// # Errors
    /// The text is no tariff, is not in the fleet's currency or time zone, or would change what is in force already.
    pub async fn publish(&self, publication: Publication<'_>, now: Timestamp) -> Result<Published, TariffError> {
        let tariff = Tariff::parse(publication.text)?;
        if tariff.currency() != publication.currency {
            return Err(TariffError::WrongCurrency { tariff: tariff.currency(), fleet: publication.currency });
        }
        if tariff.time_zone_name() != publication.time_zone {
            return Err(TariffError::WrongTimeZone {
                tariff: tariff.time_zone_name().to_owned(),
                fleet: publication.time_zone.to_owned(),
            });
        }
        let mut tries = 1;
        loop {
            match self.publish_next(publication, &tariff, now).await {
                Err(TariffError::Store(StoreError::Conflict)) if tries < TRIES => tries += 1,
                answer => return answer,
            }
        }
    }

    async fn publish_next(
        &self,
        publication: Publication<'_>,
        tariff: &Tariff,
        now: Timestamp,
    ) -> Result<Published, TariffError> {
        let fleet = publication.fleet;
        if let Some(version) = self.store.tariff(fleet, tariff.id()).await? {
            return Ok(Published::AlreadyMade(version));
        }
        let last = self.store.last_tariff(fleet).await?;
        let latest = self.store.tariff_in_force(fleet, Timestamp(i64::MAX)).await?;
        if let (Some(latest), Backdating::Refused) = (latest, publication.backdating) {
            let begun = latest.tariff.effective_at().max(now);
            if tariff.effective_at() <= begun {
                return Err(TariffError::Backdated {
                    from: local_text(tariff.effective_at(), tariff.time_zone()),
                    number: latest.number,
                    earliest: local_text(begun, tariff.time_zone()),
                });
            }
        }
        let version = TariffVersion {
            fleet,
            number: last.map_or(0, |last| last.number).saturating_add(1),
            text: publication.text.to_owned(),
            tariff: tariff.clone(),
            published_at: now,
        };
        self.store.add_tariff(&version).await?;
        Ok(Published::Made(version))
    }

    /// The tariff that a pick-up at an instant is quoted by.
    ///
    /// # Errors
    /// The fleet has none in force then.
    pub async fn in_force(&self, fleet: FleetId, at: Timestamp) -> Result<TariffVersion, TariffError> {
        self.store.tariff_in_force(fleet, at).await?.ok_or(TariffError::NoneInForce)
    }

    /// A fleet's tariff by its id.
    ///
    /// # Errors
    /// The fleet never published it.
    pub async fn version(&self, fleet: FleetId, tariff: TariffId) -> Result<TariffVersion, TariffError> {
        self.store.tariff(fleet, tariff).await?.ok_or(TariffError::UnknownTariff { fleet, tariff })
    }

    /// Quotes a journey by the tariff in force at its pick-up, and keeps the quote.
    ///
    /// # Errors
    /// There is no tariff then, or the journey does not fit it.
    pub async fn quote(&self, fleet: FleetId, journey: &Journey, now: Timestamp) -> Result<StoredQuote, TariffError> {
        let version = self.in_force(fleet, journey.pickup_at).await?;
        let quote = quote(&version.tariff, journey)?;
        let stored = StoredQuote { fleet, id: QuoteId(uuid::Uuid::now_v7()), quote, quoted_at: now };
        self.store.add_quote(&stored).await?;
        Ok(stored)
    }

    /// A kept quote, worked out again from its own tariff. `None` if the fleet never gave it.
    ///
    /// # Errors
    /// It does not come out the same: somebody changed a row.
    pub async fn stored_quote(&self, fleet: FleetId, id: QuoteId) -> Result<Option<StoredQuote>, TariffError> {
        let Some(stored) = self.store.stored_quote(fleet, id).await? else { return Ok(None) };
        let version = self.version(fleet, stored.quote.tariff).await?;
        if stored.quote.replays(&version.tariff) {
            Ok(Some(stored))
        } else {
            Err(TariffError::DoesNotReplay { tariff: stored.quote.tariff, quoted_at: stored.quoted_at })
        }
    }
}
