//! `alipay.acquire.create`: places an order for a known buyer and learns the trade number for `tradePay` (alipay.md §5).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::request::{RequestError, check_text};
use super::{Fields, Mapi};
use crate::amount::Amount;
use crate::beijing;
use crate::outcome::{Outcome, UnknownReason};
use crate::settings::{KeyCase, MerchantSettings};

/// The product of all cross-border in-store payments.
const PRODUCT: &str = "OVERSEAS_MBARCODE_PAY";
/// Most that Alipay takes in one order, in whole units of any currency.
const WHOLE_MAX: i64 = 100_000_000;

/// An order to place. The same number with the same content is the same order, so a create may be repeated as it is.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// Our number: up to 64 letters, digits and underscores, never used before and never again.
    pub out_trade_no: &'a str,
    /// What the payer reads, up to 256 characters; no double quotes.
    pub subject: &'a str,
    /// How much, in the merchant's pricing currency.
    pub amount: Amount,
    /// Who pays: the `user_id` from sign-in. Only this account can pay the order.
    pub buyer_id: &'a str,
    /// `terminal_id` of the sub-merchant block, such as the number of the car's device.
    pub terminal_id: Option<&'a str>,
}

/// A placed order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Alipay's number, which `tradePay` takes.
    pub trade_no: String,
}

impl Mapi {
    /// Places an order; `at` is the time of the request, which Alipay honours for 30 minutes.
    ///
    /// # Errors
    /// [`RequestError`] where the order cannot be sent as it is. Nothing has happened then.
    pub async fn create(&self, order: &Order<'_>, at: Timestamp) -> Result<Outcome<Created>, RequestError> {
        let params = params(&self.merchant, order, at)?;
        let outcome = self.call("alipay.acquire.create", order.out_trade_no, &params).await?;
        Ok(outcome.and_then(|fields| created(&fields)))
    }
}

fn created(fields: &Fields) -> Outcome<Created> {
    match fields.owned("trade_no") {
        Some(trade_no) => Outcome::Success(Created { trade_no }),
        None => Outcome::Unknown(UnknownReason::Incomplete("trade_no")),
    }
}

fn params(
    merchant: &MerchantSettings,
    order: &Order<'_>,
    at: Timestamp,
) -> Result<Vec<(&'static str, String)>, RequestError> {
    check_text("subject", order.subject, 256)?;
    check_text("buyer_id", order.buyer_id, 16)?;
    check_amount(merchant, order.amount)?;
    Ok(vec![
        ("notify_url", merchant.notify_url.to_string()),
        ("timestamp", beijing::text(at)),
        ("out_trade_no", order.out_trade_no.to_owned()),
        ("subject", order.subject.to_owned()),
        ("product_code", PRODUCT.to_owned()),
        ("total_fee", order.amount.to_string()),
        ("seller_id", merchant.partner.clone()),
        ("buyer_id", order.buyer_id.to_owned()),
        ("currency", merchant.currency.to_string()),
        ("trans_currency", merchant.trans_currency.to_string()),
        ("extend_params", extend_params(merchant, order.terminal_id)?),
        ("it_b_pay", merchant.it_b_pay.to_string()),
    ])
}

fn check_amount(merchant: &MerchantSettings, amount: Amount) -> Result<(), RequestError> {
    let units = if amount.currency().exponent() == 0 { 1 } else { 100 };
    let in_range = (1..=WHOLE_MAX * units).contains(&amount.minor());
    if in_range && amount.currency() == merchant.trans_currency { Ok(()) } else { Err(RequestError::Amount) }
}

fn extend_params(merchant: &MerchantSettings, terminal_id: Option<&str>) -> Result<String, RequestError> {
    let block = &merchant.secondary_merchant;
    if let Some(terminal_id) = terminal_id {
        check_text("terminal_id", terminal_id, 32)?;
    }
    let members = [
        ("secondary_merchant_id", Some(block.id.as_str())),
        ("secondary_merchant_name", Some(block.name.as_str())),
        ("secondary_merchant_industry", Some(block.industry.as_str())),
        ("store_id", Some(block.store_id.as_str())),
        ("store_name", Some(block.store_name.as_str())),
        ("terminal_id", terminal_id),
        ("sys_service_provider_id", block.service_provider_id.as_deref()),
    ];
    let object: Map<String, Value> = members
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .map(|(key, value)| {
            let key = match merchant.extend_params_case {
                KeyCase::Lower => key.to_owned(),
                KeyCase::Upper => key.to_ascii_uppercase(),
            };
            (key, Value::from(value))
        })
        .collect();
    Ok(Value::Object(object).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charset::Charset;
    use crate::mapi::request::Request;
    use crate::settings::{CancelTimestamp, SecondaryMerchant};
    use crate::sign::{Md5Key, SigningKey, VerifyingKey};

    fn merchant() -> MerchantSettings {
        let key = Md5Key::parse("10000000000000000000000000000000").unwrap();
        MerchantSettings {
            partner: "1000000000000000".into(),
            gateway_url: crate::settings::PRODUCTION_MAPI.parse().unwrap(),
            signing_key: SigningKey::Md5(key.clone()),
            alipay_key: VerifyingKey::Md5(key),
            charset: Charset::Utf8,
            currency: "HKD".parse().unwrap(),
            trans_currency: "HKD".parse().unwrap(),
            secondary_merchant: SecondaryMerchant {
                id: "M1".into(),
                name: "City Taxi".into(),
                industry: "4121".into(),
                store_id: "CAB123".into(),
                store_name: "Cab 123".into(),
                service_provider_id: None,
            },
            extend_params_case: KeyCase::Lower,
            cancel_timestamp: CancelTimestamp::EpochMillis,
            notify_url: "https://taxi.example/alipay/notify?a=1".parse().unwrap(),
            it_b_pay: "10m".parse().unwrap(),
        }
    }

    fn order(minor: i64, currency: &str) -> Order<'static> {
        Order {
            out_trade_no: "TRIP_20240102_000001",
            subject: "出租车 粤B·12345 A&B=C 100%+d",
            amount: Amount::new(minor, currency.parse().unwrap()).unwrap(),
            buyer_id: "2088102150477652",
            terminal_id: None,
        }
    }

    fn at() -> Timestamp {
        "2024-01-01T19:04:05Z".parse().unwrap()
    }

    #[test]
    fn the_request_is_the_published_one_to_the_last_byte() {
        let merchant = merchant();
        let params = params(&merchant, &order(3850, "HKD"), at()).unwrap();
        let request = Request::build(&merchant, "alipay.acquire.create", &params).unwrap();
        assert!(request.form.ends_with("&sign_type=MD5&sign=fb22cb4f04ec493f45e79257a1158bdb"), "{}", request.form);
        assert!(!request.form.contains("_input_charset"));
        assert_eq!(request.url.query(), Some("_input_charset=UTF-8"));
    }

    #[test]
    fn the_sub_merchant_block_is_written_in_either_case() {
        let mut merchant = merchant();
        merchant.secondary_merchant.service_provider_id = Some("P9".into());
        let lower = extend_params(&merchant, Some("CAR7")).unwrap();
        assert!(lower.ends_with(r#""store_name":"Cab 123","terminal_id":"CAR7","sys_service_provider_id":"P9"}"#));
        merchant.extend_params_case = KeyCase::Upper;
        let upper = extend_params(&merchant, None).unwrap();
        assert!(upper.starts_with(r#"{"SECONDARY_MERCHANT_ID":"M1","SECONDARY_MERCHANT_NAME":"City Taxi""#));
    }

    #[test]
    fn an_amount_outside_what_alipay_takes_is_not_sent() {
        let merchant = merchant();
        for (minor, currency) in [(0, "HKD"), (10_000_000_001, "HKD"), (3850, "MOP")] {
            assert_eq!(params(&merchant, &order(minor, currency), at()), Err(RequestError::Amount));
        }
        assert!(params(&merchant, &order(10_000_000_000, "HKD"), at()).is_ok());
    }

    #[test]
    fn a_subject_outside_the_charset_is_not_sent() {
        let mut merchant = merchant();
        merchant.charset = Charset::Gbk;
        let mut order = order(3850, "HKD");
        order.subject = "🚕";
        let params = params(&merchant, &order, at()).unwrap();
        assert!(matches!(Request::build(&merchant, "x", &params), Err(RequestError::Charset(_))));
    }
}
