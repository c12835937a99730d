//! What the page's script asks and answers, as JSON. Every request names its target in the page's own token and its
//! payer in the session; every answer is something that the page can draw. Called by the routes.
//!
//! | call | body | answer |
//! |---|---|---|
//! | `GET state?token=` | | the page's state |
//! | `POST pay`, `POST take-over` | `{token, bill?, version?}` | [`Reply`] |
//! | `POST result` | `{token, result_code}` | [`Reply`] |
//! | `POST screen-code` | `{token, digits}` | [`Reply`] |
//! | `POST choose` | `{token, bill}` | [`Reply`] |
//!
//! `bill` and `version` are what the page shows. A page of a car must send them: what is paid is what was seen.

use actix_web::{HttpRequest, HttpResponse, ResponseError, http::StatusCode, http::header, web};
use fareway_shared::{id::BillId, time::Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    ports::{Message, PageState, PayOutcome, Target, Unavailable},
    sentences::{BAD_LINK, BILL_CHANGED, FOREIGN, MALFORMED, OLD_LINK, Sentence, THREE_DIGITS, WHO_PAYS},
    token::{Claim, TokenError},
    visit::{PassengerPages, Visit, VisitError},
};
use crate::http::same_origin;

const RESULT_CODE_CHARS_MAX: usize = 16;

type Pages = web::Data<PassengerPages>;

/// The answer to everything that a passenger does.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reply {
    /// The page is about something more definite now: use this token from here on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Draw this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<PageState>,
    /// Hand this number to `tradePay`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trade_no: Option<String>,
    /// Say this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

/// Why a request got no answer. Bodies of the 400s say what to do; those of the 500s are blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The token is not good.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Nobody is authorised (any more).
    #[error("nobody is authorised")]
    NoSession,
    /// Sent by another site's page.
    #[error("the request came from another site")]
    Foreign,
    /// The body or query does not read.
    #[error("the request does not read")]
    Malformed,
    /// The house is out of order, or too many pages are live.
    #[error("the platform cannot answer now")]
    Unavailable,
}

/// What the page does about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Remedy {
    Scan,
    Authorise,
    Reload,
}

#[derive(Serialize)]
struct RefusalBody {
    message: Message,
    remedy: Remedy,
}

impl From<VisitError> for Refusal {
    fn from(error: VisitError) -> Self {
        match error {
            VisitError::Token(error) => Self::Token(error),
            VisitError::NoSession(_) => Self::NoSession,
        }
    }
}

impl From<Unavailable> for Refusal {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Token(TokenError::Expired) => StatusCode::GONE,
            Self::Token(TokenError::Forged) | Self::Foreign => StatusCode::FORBIDDEN,
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let (sentence, remedy) = match self {
            Self::Token(TokenError::Forged) => (BAD_LINK, Remedy::Scan),
            Self::Token(TokenError::Expired) => (OLD_LINK, Remedy::Scan),
            Self::Foreign => (FOREIGN, Remedy::Scan),
            Self::NoSession => (WHO_PAYS, Remedy::Authorise),
            Self::Malformed => (MALFORMED, Remedy::Reload),
            Self::Unavailable => {
                return HttpResponse::ServiceUnavailable().insert_header((header::RETRY_AFTER, "5")).finish();
            }
        };
        HttpResponse::build(self.status_code())
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(RefusalBody { message: sentence.message(), remedy })
    }
}

/// A token in the query.
#[derive(Deserialize)]
pub struct TokenQuery {
    /// The page's token.
    pub token: String,
}

/// A press on "pay" or "take over".
#[derive(Deserialize)]
pub struct PayRequest {
    token: String,
    bill: Option<BillId>,
    version: Option<u32>,
}

/// The wallet has returned.
#[derive(Deserialize)]
pub struct ResultRequest {
    token: String,
    result_code: String,
}

/// Digits typed from the car's screen.
#[derive(Deserialize)]
pub struct ScreenCodeRequest {
    token: String,
    digits: String,
}

/// One of several bills was chosen.
#[derive(Deserialize)]
pub struct ChooseRequest {
    token: String,
    bill: BillId,
}

/// The page's state, for pages that cannot be live.
///
/// # Errors
/// A [`Refusal`] that says what to do.
pub async fn state(request: HttpRequest, pages: Pages, query: web::Query<TokenQuery>) -> Result<HttpResponse, Refusal> {
    let now = pages.now();
    let visit = pages.visit(&request, &query.token, now)?;
    Ok(fresh(&pages.state(visit.target, &visit.payer, now).await?))
}

/// "Pay".
///
/// # Errors
/// A [`Refusal`] that says what to do.
pub async fn pay(request: HttpRequest, pages: Pages, body: web::Json<PayRequest>) -> Result<HttpResponse, Refusal> {
    let now = pages.now();
    let visit = own_visit(&request, &pages, &body.token, now)?;
    let target = match pinned(&pages, &visit, &body, now).await? {
        Ok(target) => target,
        Err(why) => return stay(&pages, &visit, why, now).await,
    };
    let outcome = pages.desk.pay(target, &visit.payer, now).await?;
    Ok(paying(&pages, &visit, target, outcome, now))
}

/// "Take over" from another phone.
///
/// # Errors
/// A [`Refusal`] that says what to do.
pub async fn take_over(
    request: HttpRequest,
    pages: Pages,
    body: web::Json<PayRequest>,
) -> Result<HttpResponse, Refusal> {
    let now = pages.now();
    let visit = own_visit(&request, &pages, &body.token, now)?;
    let target = match pinned(&pages, &visit, &body, now).await? {
        Ok(target) => target,
        Err(why) => return stay(&pages, &visit, why, now).await,
    };
    let outcome = pages.desk.take_over(target, &visit.payer, now).await?;
    Ok(paying(&pages, &visit, target, outcome, now))
}

/// The wallet's own word. It decides nothing: the house asks Alipay.
///
/// # Errors
/// A [`Refusal`] that says what to do.
pub async fn result(
    request: HttpRequest,
    pages: Pages,
    body: web::Json<ResultRequest>,
) -> Result<HttpResponse, Refusal> {
    let now = pages.now();
    let visit = own_visit(&request, &pages, &body.token, now)?;
    let code = body.result_code.as_str();
    if code.len() > RESULT_CODE_CHARS_MAX || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Refusal::Malformed);
    }
    pages.desk.wallet_returned(visit.target, &visit.payer, code, now).await;
    let state = pages.state(visit.target, &visit.payer, now).await?;
    Ok(fresh(&Reply { state: Some(state), ..Reply::default() }))
}

/// Three digits.
///
/// # Errors
/// A [`Refusal`] that says what to do.
pub async fn screen_code(
    request: HttpRequest,
    pages: Pages,
    body: web::Json<ScreenCodeRequest>,
) -> Result<HttpResponse, Refusal> {
    let now = pages.now();
    let visit = own_visit(&request, &pages, &body.token, now)?;
    let digits = body.digits.as_str();
    if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(fresh(&Reply { message: Some(THREE_DIGITS.message()), ..Reply::default() }));
    }
    match pages.desk.try_screen_code(visit.target, &visit.payer, digits, now).await? {
        Ok(target) => move_to(&pages, &visit, target, now).await,
        Err(message) => Ok(fresh(&Reply { message: Some(message), ..Reply::default() })),
    }
}

/// One of several bills.
///
/// # Errors
/// A [`Refusal`] that says what to do.
pub async fn choose(
    request: HttpRequest,
    pages: Pages,
    body: web::Json<ChooseRequest>,
) -> Result<HttpResponse, Refusal> {
    let now = pages.now();
    let visit = own_visit(&request, &pages, &body.token, now)?;
    match pages.desk.choose_bill(visit.target, body.bill, now).await? {
        Some(target) => move_to(&pages, &visit, target, now).await,
        None => stay(&pages, &visit, BILL_CHANGED, now).await,
    }
}

fn own_visit(request: &HttpRequest, pages: &PassengerPages, token: &str, now: Timestamp) -> Result<Visit, Refusal> {
    // Older wallets do not say where a request comes from; for them the JSON body and the token in it stand in.
    if !same_origin::is_ours(request.headers()) {
        return Err(Refusal::Foreign);
    }
    Ok(pages.visit(request, token, now)?)
}

/// The one bill that a press on "pay" means. A page of a car names what it shows, so that a bill that opened in the
/// meantime is never paid unseen.
async fn pinned(
    pages: &PassengerPages,
    visit: &Visit,
    shown: &PayRequest,
    now: Timestamp,
) -> Result<Result<Target, Sentence>, Refusal> {
    match (visit.target, shown.bill, shown.version) {
        (bill @ Target::Bill { .. }, _, _) => Ok(Ok(bill)),
        (Target::Vehicle { proven: false, .. }, _, _) => Ok(Err(THREE_DIGITS)),
        (car, Some(bill), Some(seen)) => match pages.desk.choose_bill(car, bill, now).await? {
            Some(target @ Target::Bill { version, .. }) if version == seen => Ok(Ok(target)),
            _ => Ok(Err(BILL_CHANGED)),
        },
        _ => Err(Refusal::Malformed),
    }
}

fn paying(pages: &PassengerPages, visit: &Visit, target: Target, outcome: PayOutcome, now: Timestamp) -> HttpResponse {
    let token = (target != visit.target).then(|| token_for(pages, visit, target, now));
    fresh(&match outcome {
        PayOutcome::Ready { trade_no } => Reply { token, trade_no: Some(trade_no), ..Reply::default() },
        PayOutcome::See { state } => {
            Reply { token, state: Some(pages.with_receipt_link(*state, target)), ..Reply::default() }
        }
    })
}

async fn move_to(
    pages: &PassengerPages,
    visit: &Visit,
    target: Target,
    now: Timestamp,
) -> Result<HttpResponse, Refusal> {
    let state = pages.state(target, &visit.payer, now).await?;
    Ok(fresh(&Reply { token: Some(token_for(pages, visit, target, now)), state: Some(state), ..Reply::default() }))
}

async fn stay(pages: &PassengerPages, visit: &Visit, why: Sentence, now: Timestamp) -> Result<HttpResponse, Refusal> {
    let state = pages.state(visit.target, &visit.payer, now).await?;
    Ok(fresh(&Reply { state: Some(state), message: Some(why.message()), ..Reply::default() }))
}

fn token_for(pages: &PassengerPages, visit: &Visit, target: Target, now: Timestamp) -> String {
    pages.page_token(&Claim::new(target, Some(&visit.payer)), target, now)
}

fn fresh(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}
