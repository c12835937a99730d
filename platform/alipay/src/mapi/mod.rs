//! The order gateway (mapi): signed forms out, signed XML back (alipay.md §2.1, §5, §9).
//!
//! One [`Mapi`] for each merchant account. Every call takes the time as a parameter where the wire needs one and returns
//! an [`Outcome`]; a [`RequestError`] means that nothing was sent.

mod answer;
mod cancel;
mod create;
mod notify_verify;
mod query;
mod request;
mod xml;

pub use self::cancel::{CancelAction, Cancelled};
pub use self::create::{Created, Order};
pub use self::notify_verify::NoticeVerdict;
pub use self::query::{Found, Trade};
pub use self::request::RequestError;
#[cfg(test)]
pub(crate) use self::xml::{decode as decode_xml, parse as parse_xml};

use self::answer::{Fields, judge};
use self::request::{Request, check_order_number};
use crate::http::Http;
use crate::outcome::Outcome;
use crate::settings::{MerchantSettings, SettingsError};

/// A merchant account at the order gateway.
#[derive(Debug, Clone)]
pub struct Mapi {
    http: Http,
    merchant: MerchantSettings,
}

impl Mapi {
    /// Takes a merchant's settings after checking them.
    ///
    /// # Errors
    /// [`SettingsError`] names the setting that Alipay would refuse.
    pub fn new(http: Http, merchant: MerchantSettings) -> Result<Self, SettingsError> {
        merchant.check()?;
        Ok(Self { http, merchant })
    }

    /// The settings it was built with; notices of this merchant verify with their `alipay_key`.
    pub const fn merchant(&self) -> &MerchantSettings {
        &self.merchant
    }

    /// Sends one signed request about an order and judges the answer.
    async fn call(
        &self,
        service: &str,
        out_trade_no: &str,
        params: &[(&str, String)],
    ) -> Result<Outcome<Fields>, RequestError> {
        check_order_number(out_trade_no)?;
        let Request { url, form } = Request::build(&self.merchant, service, params)?;
        let charset = self.merchant.charset;
        Ok(match self.http.post(url, charset, form).await {
            Ok(answer) => judge(&answer, &self.merchant.alipay_key, charset, out_trade_no),
            Err(reason) => Outcome::Unknown(reason),
        })
    }
}
