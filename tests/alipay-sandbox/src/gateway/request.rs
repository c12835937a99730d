//! The mapi services as typed requests, each parameter checked as its page says (alipay.md §5, §9).

use alipay_global::{charset::Charset, sign::SignType};
use jiff::{SignedDuration, Timestamp};
use url::Url;

use super::{
    mapi::Call,
    params::{Invalid, Params},
    xml::Fields,
};
use crate::{
    amount::{Amount, is_currency},
    beijing,
    fault::Point,
    sandbox::Sandbox,
    settings::{Merchant, Settings},
    trade::{Life, NotifyTo, Order, Terms},
};

/// A create dies this long after its timestamp.
const CREATE_LIFE: SignedDuration = SignedDuration::from_mins(30);
/// The product of all cross-border in-store payments.
const PRODUCT_CODE: &str = "OVERSEAS_MBARCODE_PAY";
const GOODS_MAX: usize = 50;

/// The services offered here, beside `notify_verify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Create,
    Query,
    Cancel,
}

impl Service {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "alipay.acquire.create" => Some(Self::Create),
            "alipay.acquire.overseas.query" => Some(Self::Query),
            "alipay.acquire.cancel" => Some(Self::Cancel),
            _ => None,
        }
    }

    pub(super) fn point(self) -> Point {
        match self {
            Self::Create => Point::Create,
            Self::Query => Point::Query,
            Self::Cancel => Point::Cancel,
        }
    }

    /// A business failure in the words of the service's family.
    pub(super) fn failure(self, code: &str, why: &str, out_trade_no: &str) -> Fields {
        let why: String = why.chars().take(64).collect();
        let mut fields = vec![("result_code", "FAIL".to_owned())];
        match self {
            Self::Query => fields.push(("error", code.to_owned())),
            Self::Create | Self::Cancel => {
                fields.push(("out_trade_no", out_trade_no.to_owned()));
                fields.push(("detail_error_code", code.to_owned()));
                fields.push(("detail_error_des", why));
            }
        }
        if self == Self::Cancel {
            fields.push(("retry_flag", if code == "SYSTEM_ERROR" { "Y" } else { "N" }.to_owned()));
        }
        fields.retain(|(_, value)| !value.is_empty());
        fields
    }
}

/// A request whose every parameter is good.
pub(super) enum Request {
    Create(Box<Order>),
    Query { partner: String, out_trade_no: Option<String>, trade_no: Option<String> },
    Cancel { partner: String, out_trade_no: String, trade_no: Option<String> },
}

/// A refusal by the service, before any state was looked at.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) why: String,
}

impl From<Invalid> for Refused {
    fn from(Invalid(why): Invalid) -> Self {
        Self { code: "INVALID_PARAMETER", why }
    }
}

fn invalid(why: &str) -> Refused {
    Invalid(why.to_owned()).into()
}

impl Request {
    pub(super) fn parse(call: &Call<'_>, settings: &Settings, at: Timestamp) -> Result<Self, Refused> {
        let partner = call.merchant.partner.clone();
        match call.service {
            Service::Create => Ok(Self::Create(Box::new(order(call, settings, at)?))),
            Service::Query => {
                let out_trade_no = given(call.params.optional("partner_trans_id", 64)?);
                let trade_no = given(call.params.optional("alipay_trans_id", 64)?);
                if out_trade_no.is_none() && trade_no.is_none() {
                    return Err(invalid("partner_trans_id and alipay_trans_id are both missing"));
                }
                Ok(Self::Query { partner, out_trade_no, trade_no })
            }
            Service::Cancel => {
                let out_trade_no = order_number(&call.params)?;
                let timestamp = call.params.get("timestamp");
                let is_epoch_ms = timestamp.len() == 13 && timestamp.bytes().all(|byte| byte.is_ascii_digit());
                if !timestamp.is_empty() && !is_epoch_ms && beijing::parse(timestamp).is_none() {
                    return Err(invalid("timestamp is neither epoch ms nor yyyy-MM-dd HH:mm:ss"));
                }
                let trade_no = given(call.params.optional("trade_no", 64)?);
                Ok(Self::Cancel { partner, out_trade_no, trade_no })
            }
        }
    }

    /// The merchant's number, for the choice of faults.
    pub(super) fn order_number(&self, sandbox: &Sandbox, at: Timestamp) -> String {
        match self {
            Self::Create(order) => order.out_trade_no.clone(),
            Self::Cancel { out_trade_no, .. } => out_trade_no.clone(),
            Self::Query { partner, out_trade_no, trade_no } => {
                let mut world = sandbox.world();
                let trade = world.trades.find(partner, out_trade_no.as_deref(), trade_no.as_deref(), at);
                trade.map(|trade| trade.order.out_trade_no.clone()).or(out_trade_no.clone()).unwrap_or_default()
            }
        }
    }
}

fn order(call: &Call<'_>, settings: &Settings, at: Timestamp) -> Result<Order, Refused> {
    let params = &call.params;
    let out_trade_no = order_number(params)?;
    check_timestamp(params, at)?;
    let subject = params.needed("subject", 256)?.to_owned();
    if subject.chars().any(|c| c.is_control() || matches!(c, '/' | '=' | '&')) {
        return Err(invalid("subject holds a special character"));
    }
    if params.needed("product_code", 32)? != PRODUCT_CODE {
        return Err(invalid("product_code must be OVERSEAS_MBARCODE_PAY"));
    }
    let (amount, settle_currency) = price(params)?;
    let seller_id = seller(params, call.merchant, settings)?;
    let buyer_id = buyer(params, settings)?;
    if buyer_id == seller_id {
        return Err(Refused { code: "BUYER_SELLER_EQUAL", why: "buyer and seller are the same".into() });
    }
    goods(params)?;
    params.optional("show_url", 400)?;
    let life = match params.get("it_b_pay") {
        "" => Life::LONGEST,
        text => Life::parse(text).ok_or_else(|| invalid("it_b_pay is not 1m to 15d or 1c"))?,
    };
    let extend_params = params.needed("extend_params", 2_048)?.to_owned();
    let payee = sub_merchant(&extend_params)?.unwrap_or_else(|| call.merchant.name.clone());
    let terms = Terms {
        subject,
        amount,
        settle_currency,
        seller_id,
        body: params.optional("body", 400)?.to_owned(),
        passback: params.optional("passback_parameters", 256)?.to_owned(),
        payee,
        extend_params,
    };
    let notify = notify_to(params, call.charset, call.sign_type)?;
    Ok(Order { partner: call.merchant.partner.clone(), out_trade_no, buyer_id, terms, life, notify })
}

fn order_number(params: &Params) -> Result<String, Refused> {
    let number = params.needed("out_trade_no", 64)?;
    if !number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(invalid("out_trade_no may hold letters, digits and underscore only"));
    }
    Ok(number.to_owned())
}

fn check_timestamp(params: &Params, at: Timestamp) -> Result<(), Refused> {
    let stated = beijing::parse(params.needed("timestamp", 19)?)
        .ok_or_else(|| invalid("timestamp is not yyyy-MM-dd HH:mm:ss"))?;
    if at.duration_since(stated).abs() > CREATE_LIFE {
        return Err(invalid("timestamp is more than 30 minutes off (Beijing time)"));
    }
    Ok(())
}

fn price(params: &Params) -> Result<(Amount, String), Refused> {
    let settle = params.needed("currency", 8)?;
    let trans = given(params.optional("trans_currency", 8)?).unwrap_or_else(|| settle.to_owned());
    if !is_currency(settle) {
        return Err(invalid("currency is not an upper-case ISO 4217 code"));
    }
    let amount = Amount::parse(params.needed("total_fee", 12)?, &trans)
        .ok_or_else(|| invalid("total_fee does not fit trans_currency"))?;
    let (unit, quantity) = (params.get("price"), params.get("quantity"));
    if !unit.is_empty() && !quantity.is_empty() {
        let product = Amount::parse(unit, &trans).zip(quantity.parse().ok()).and_then(|(unit, n)| unit.times(n));
        if product.as_ref() != Some(&amount) {
            return Err(invalid("price times quantity is not total_fee"));
        }
    }
    Ok((amount, settle.to_owned()))
}

fn seller(params: &Params, merchant: &Merchant, settings: &Settings) -> Result<String, Refused> {
    match params.optional("seller_id", 30)? {
        "" => Ok(merchant.partner.clone()),
        id if id == merchant.partner => Ok(id.to_owned()),
        id => {
            let known = settings.merchant(id).is_some();
            let code = if known { "INVALID_RECEIVE_ACCOUNT" } else { "SELLER_NOT_EXIST" };
            Err(Refused { code, why: "seller_id is not the partner".into() })
        }
    }
}

fn buyer(params: &Params, settings: &Settings) -> Result<String, Refused> {
    let (id, email) = (params.optional("buyer_id", 16)?, params.optional("buyer_email", 100)?);
    if id.is_empty() && email.is_empty() {
        return Err(invalid("buyer_id is missing"));
    }
    settings
        .users
        .iter()
        .find(|user| if id.is_empty() { user.login == email } else { user.id == id })
        .map(|user| user.id.clone())
        .ok_or_else(|| Refused { code: "BUYER_NOT_EXIST", why: "no such account".into() })
}

fn goods(params: &Params) -> Result<(), Refused> {
    let detail = params.get("goods_detail");
    let count = match detail {
        "" => 0,
        json => serde_json::from_str::<Vec<serde_json::Value>>(json)
            .map_err(|_| invalid("goods_detail is not a JSON list"))?
            .len(),
    };
    if count > GOODS_MAX { Err(invalid("goods_detail has more than 50 items")) } else { Ok(()) }
}

/// The compulsory sub-merchant block (§5), keys in lower or upper case; yields the name to show.
fn sub_merchant(extend_params: &str) -> Result<Option<String>, Refused> {
    let block: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(extend_params).map_err(|_| invalid("extend_params is not a JSON object"))?;
    let get = |key: &str| {
        let value = block.get(key).or_else(|| block.get(&key.to_ascii_uppercase()));
        value.and_then(|value| value.as_str()).unwrap_or_default()
    };
    for (key, len_max) in [("secondary_merchant_id", 32), ("store_id", 32)] {
        let length = get(key).chars().count();
        if length == 0 || length > len_max {
            return Err(invalid(&format!("extend_params.{key} must have 1 to {len_max} characters")));
        }
    }
    let industry = get("secondary_merchant_industry");
    if industry.len() != 4 || !industry.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid("extend_params.secondary_merchant_industry must be an MCC"));
    }
    Ok(given(get("secondary_merchant_name")))
}

fn notify_to(params: &Params, charset: Charset, sign_type: SignType) -> Result<NotifyTo, Refused> {
    let url = params.needed("notify_url", 200)?;
    let is_web = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if !is_web {
        return Err(invalid("notify_url is not an http or https address"));
    }
    Ok(NotifyTo { url: url.to_owned(), charset: charset.name().into(), sign_type: sign_type.name().into() })
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
