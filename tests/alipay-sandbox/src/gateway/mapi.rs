//! The legacy global gateway: admits a signed call, lets it be carried out, answers in XML.
//!
//! Refusals at the door are `is_success=F` and unsigned (alipay.md §12.1); what a service says about
//! its own parameters is signed.

use actix_web::HttpResponse;
use alipay_global::{
    charset::Charset,
    form::Form,
    sign::{SignType, SigningKey, presign},
};

use super::{
    Received,
    params::Params,
    perform,
    request::{Request, Service},
    xml::{self, Fields, Signature},
};
use crate::{
    fault::{FaultKind, Strike},
    notifier::pause,
    sandbox::{Sandbox, now},
    settings::Merchant,
};

/// A call whose signature was verified.
pub(super) struct Call<'a> {
    pub(super) service: Service,
    pub(super) merchant: &'a Merchant,
    pub(super) sign_type: SignType,
    pub(super) charset: Charset,
    pub(super) params: Params,
}

pub(super) async fn answer(sandbox: &Sandbox, received: Received) -> HttpResponse {
    if received.merged.as_ref().is_ok_and(|form| form.get("service") == Some(b"notify_verify")) {
        return notify_verify(sandbox, &received);
    }
    let call = match admit(sandbox, &received) {
        Ok(call) => call,
        Err(code) => {
            tracing::warn!(code, "a mapi call was refused at the door: {code}");
            return xml::refused(code);
        }
    };
    let Some(key) = sandbox.signing_key(call.sign_type, Some(call.merchant)) else {
        return xml::refused("ILLEGAL_SIGN_TYPE");
    };
    let at = now();
    sandbox.close_lapsed(at);
    let request = match Request::parse(&call, &sandbox.settings, at) {
        Ok(request) => request,
        Err(refused) => {
            tracing::warn!(code = refused.code, "a mapi call was refused: {}: {}", refused.code, refused.why);
            let fields = call.service.failure(refused.code, &refused.why, call.params.get("out_trade_no"));
            return reply(&call, &fields, &key, Signature::Good);
        }
    };
    let number = request.order_number(sandbox, at);
    let strike = sandbox.strike(call.service.point(), &number);
    if let Some(strike) = &strike
        && let Some(answer) = instead(strike, &call, &key, &number)
    {
        return answer;
    }
    let done = perform::perform(sandbox, request, at);
    let kind = strike.map(|strike| strike.kind);
    if let Some(kind) = kind {
        afterwards(sandbox, kind, done.placed.as_deref()).await;
    }
    let signature = match kind {
        Some(FaultKind::BadSignature) => Signature::Spoilt,
        Some(FaultKind::UnsignedAnswer) => Signature::Absent,
        _ => Signature::Good,
    };
    reply(&call, &done.fields, &key, signature)
}

/// Faults that answer without doing the work.
fn instead(strike: &Strike, call: &Call<'_>, key: &SigningKey, number: &str) -> Option<HttpResponse> {
    match strike.kind {
        FaultKind::UnsignedRefusal => Some(xml::refused(&strike.code)),
        FaultKind::SystemError | FaultKind::CreateRefused | FaultKind::BuyerNotMatch => {
            let fields = call.service.failure(&strike.code, "refused on purpose by the sandbox", number);
            Some(reply(call, &fields, key, Signature::Good))
        }
        _ => None,
    }
}

/// Faults that do more than the work, before it is answered.
async fn afterwards(sandbox: &Sandbox, kind: FaultKind, placed: Option<&str>) {
    let pays = matches!(kind, FaultKind::NotifyBeforeCreate | FaultKind::TimeOutButPaid);
    if let Some(trade) = placed.filter(|_| pays).and_then(|number| perform::pay_unasked(sandbox, number)) {
        if kind == FaultKind::NotifyBeforeCreate {
            sandbox.announce_and_wait(&trade).await;
        } else {
            sandbox.announce(&trade);
        }
    }
    if kind == FaultKind::TimeOutButPaid {
        pause(sandbox.settings.hang).await;
    }
}

fn reply(call: &Call<'_>, fields: &Fields, key: &SigningKey, signature: Signature) -> HttpResponse {
    xml::accepted(call.charset, call.params.pairs(), fields, key, signature)
}

/// Everything that is checked before a service sees its parameters, in Alipay's order of severity.
fn admit<'a>(sandbox: &'a Sandbox, received: &Received) -> Result<Call<'a>, &'static str> {
    let form = received.merged.as_ref().map_err(|_| "ILLEGAL_ARGUMENT")?;
    let service = Service::named(ascii(form, "service")).ok_or("ILLEGAL_SERVICE")?;
    let charset = charset(received, form, service)?;
    let merchant = sandbox.settings.merchant(ascii(form, "partner")).ok_or("ILLEGAL_PARTNER")?;
    let sign_type: SignType = ascii(form, "sign_type").parse().map_err(|_| "ILLEGAL_SIGN_TYPE")?;
    let key = sandbox.verifying_key(sign_type, merchant).ok_or("ILLEGAL_SIGN_TYPE")?;
    let sign = form.get("sign").filter(|sign| !sign.is_empty()).ok_or("ILLEGAL_SIGN")?;
    key.verify(&presign(form.params(), &["sign", "sign_type"]), sign).map_err(|_| "ILLEGAL_SIGN")?;
    let params = Params::decode(form, charset).ok_or("ILLEGAL_ENCODING")?;
    Ok(Call { service, merchant, sign_type, charset, params })
}

/// With POST the charset must stand in the URL (§2.1); cancel takes UTF-8 only (§2.1 table).
fn charset(received: &Received, form: &Form, service: Service) -> Result<Charset, &'static str> {
    let declared = ascii(form, "_input_charset");
    if declared.is_empty() {
        return Ok(Charset::Gbk);
    }
    if received.posted && received.query.get("_input_charset").is_none() {
        return Err("ILLEGAL_CHARSET");
    }
    let charset = declared.parse().map_err(|_| "ILLEGAL_CHARSET")?;
    if service == Service::Cancel && charset != Charset::Utf8 {
        return Err("ILLEGAL_CHARSET");
    }
    Ok(charset)
}

/// A value that can only be ASCII; anything else reads as absent.
fn ascii<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default()
}

/// `notify_verify` needs no signature and answers with one bare word (§3.4).
fn notify_verify(sandbox: &Sandbox, received: &Received) -> HttpResponse {
    let word = match &received.merged {
        Ok(form) => sandbox.notifier.vouches_for(ascii(form, "partner"), ascii(form, "notify_id")),
        Err(_) => false,
    };
    HttpResponse::Ok().insert_header(("content-type", "text/html;charset=UTF-8")).body(if word {
        "true"
    } else {
        "false"
    })
}
