//! One request of one passenger: who pays (the cookie) and what it is about (the token), put together before anything
//! is asked of the house. Called by the routes, the page's calls and the live feed.

use std::{sync::Arc, time::Duration};

use actix_web::HttpRequest;
use fareway_shared::{id::VehicleId, time::Timestamp};
use tokio::sync::Semaphore;

use super::{
    ports::{PageState, PassengerDesk, ShownReceipt, Target, Unavailable},
    session::Session,
    token::{Claim, TokenError, TokenKey},
};
use crate::http::Edge;

/// How long a page of a bill can be used.
const BILL_PAGE_LASTS: Duration = Duration::from_secs(24 * 3600);
/// How long a page of a car can be used: a long ride, not tomorrow's.
const VEHICLE_PAGE_LASTS: Duration = Duration::from_secs(4 * 3600);
/// How long after the payment a receipt's link leads to it: as long as receipts are commonly asked for.
const RECEIPT_LASTS: Duration = Duration::from_secs(5 * 366 * 24 * 3600);
/// Pages that may be live at once; the others ask now and then instead.
const LIVE_PAGES_MAX: usize = 10_000;

/// What the passenger's routes share.
pub struct PassengerPages {
    /// The house.
    pub desk: Arc<dyn PassengerDesk>,
    /// The key of tokens and cookies.
    pub key: TokenKey,
    /// The clock, whether cookies are for HTTPS only, and when to stop.
    pub edge: Edge,
    /// One permit for each live page.
    pub live: Arc<Semaphore>,
}

impl PassengerPages {
    /// Pages with tokens signed under `key`.
    #[must_use]
    pub fn new(desk: Arc<dyn PassengerDesk>, key: TokenKey, edge: Edge) -> Self {
        Self { desk, key, edge, live: Arc::new(Semaphore::new(LIVE_PAGES_MAX)) }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.edge.clock.now()
    }

    /// The token of a page about `claim`.
    #[must_use]
    pub fn page_token(&self, claim: &Claim, target: Target, now: Timestamp) -> String {
        let lasts = match target {
            Target::Bill { .. } => BILL_PAGE_LASTS,
            Target::Vehicle { .. } => VEHICLE_PAGE_LASTS,
        };
        self.key.seal_page(claim, now.after(lasts))
    }

    /// What a page shows now, with the link of its receipt.
    ///
    /// # Errors
    /// The house cannot answer.
    pub async fn state(&self, target: Target, payer: &str, now: Timestamp) -> Result<PageState, Unavailable> {
        Ok(self.with_receipt_link(self.desk.state(target, payer, now).await?, target))
    }

    /// A paid bill's state with the link of its receipt: always the same one, so that a page that looks again draws nothing
    /// new.
    #[must_use]
    pub fn with_receipt_link(&self, state: PageState, target: Target) -> PageState {
        let receipt = state.receipt.map(|receipt| {
            let until = Timestamp::from_millis(receipt.paid_at_ms).after(RECEIPT_LASTS);
            let link = matches!(target, Target::Bill { .. })
                .then(|| format!("/p/page/{}", self.key.seal_page(&Claim::new(target, None), until)));
            ShownReceipt { link, ..receipt }
        });
        PageState { receipt, ..state }
    }

    /// Reads who and what a request is about.
    ///
    /// # Errors
    /// The token is not good, or nobody is authorised.
    pub fn visit(&self, request: &HttpRequest, token: &str, now: Timestamp) -> Result<Visit, VisitError> {
        let claim = self.key.open_page(token, now)?;
        let session = Session::of(request, &self.key, now).ok_or(VisitError::NoSession(claim))?;
        Ok(Visit { target: claim.for_payer(&session.payer), payer: session.payer, until: session.until })
    }
}

/// A request that may ask the house something.
#[derive(Clone, Debug)]
pub struct Visit {
    /// What it is about, as this payer may see it.
    pub target: Target,
    /// The passenger's Alipay user id.
    pub payer: String,
    /// When the session ends.
    pub until: Timestamp,
}

impl Visit {
    /// The car it is about.
    #[must_use]
    pub fn vehicle(&self) -> VehicleId {
        match self.target {
            Target::Bill { vehicle, .. } | Target::Vehicle { vehicle, .. } => vehicle,
        }
    }
}

/// Why a request may not ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VisitError {
    /// The page's token is not good.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Nobody is authorised; the claim says for what to authorise.
    #[error("nobody is authorised")]
    NoSession(Claim),
}
