//! Builds the signed form of a request to the order gateway (alipay.md §2.1, §3.1). Sends nothing.

use url::Url;

use crate::charset::Unmappable;
use crate::form;
use crate::settings::MerchantSettings;
use crate::sign::{SignError, presign};

/// Why a request was not sent. Always ours to fix; nothing has happened at Alipay.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// An order number that Alipay would refuse.
    #[error("the order number must be 1 to 64 letters, digits or underscores")]
    OrderNumber,
    /// A field that is empty, too long, or holds quotes or control characters.
    #[error("{0} is empty, too long, or holds characters that Alipay refuses")]
    Field(&'static str),
    /// Not the pricing currency, or outside what Alipay takes.
    #[error("the amount must be in the pricing currency, at least its smallest unit and at most 100000000")]
    Amount,
    /// A text that the declared charset cannot express.
    #[error(transparent)]
    Charset(#[from] Unmappable),
    /// The signature could not be made.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// A request ready to be sent.
pub(super) struct Request {
    /// The gateway, with the charset in the query as Alipay demands for POST.
    pub(super) url: Url,
    /// All other parameters and the signature, percent-encoded from bytes of the declared charset.
    pub(super) form: String,
}

impl Request {
    pub(super) fn build(
        merchant: &MerchantSettings,
        service: &str,
        params: &[(&str, String)],
    ) -> Result<Self, RequestError> {
        let charset = merchant.charset;
        let mut signed: Vec<(&str, Vec<u8>)> = vec![
            ("service", service.into()),
            ("partner", merchant.partner.as_str().into()),
            ("_input_charset", charset.name().into()),
        ];
        for (name, value) in params {
            signed.push((name, charset.encode(value)?));
        }
        let sign = merchant.signing_key.sign(&presign(&signed, &[]))?;

        let mut url = merchant.gateway_url.clone();
        url.query_pairs_mut().append_pair("_input_charset", charset.name());
        let mut sent = signed;
        sent.retain(|(name, value)| *name != "_input_charset" && !value.is_empty());
        sent.push(("sign_type", merchant.signing_key.sign_type().name().into()));
        sent.push(("sign", sign.into()));
        Ok(Self { url, form: form::encode(&sent) })
    }
}

pub(super) fn check_order_number(number: &str) -> Result<(), RequestError> {
    let plain = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain && (1..=64).contains(&number.len()) { Ok(()) } else { Err(RequestError::OrderNumber) }
}

/// Refuses what Alipay refuses in texts: nothing at all, too much, double quotes, control characters.
pub(super) fn check_text(name: &'static str, text: &str, length_max: usize) -> Result<(), RequestError> {
    let clean = !text.chars().any(|character| character == '"' || character.is_control());
    if clean && (1..=length_max).contains(&text.chars().count()) { Ok(()) } else { Err(RequestError::Field(name)) }
}

#[cfg(test)]
mod tests {
    use super::{RequestError, check_order_number, check_text};

    #[test]
    fn order_numbers_are_letters_digits_and_underscores() {
        assert!(check_order_number("TRIP_20240102_000001").is_ok());
        for bad in ["", "a-b", "a b", "票", &"1".repeat(65)] {
            assert_eq!(check_order_number(bad), Err(RequestError::OrderNumber));
        }
    }

    #[test]
    fn texts_hold_no_quotes_and_no_line_ends() {
        assert!(check_text("subject", "出租车 A&B 100%", 256).is_ok());
        for bad in ["", "a\"b", "a\nb", &"长".repeat(257)] {
            assert_eq!(check_text("subject", bad, 256), Err(RequestError::Field("subject")));
        }
    }
}
