//! Everything that differs between installations: hosts, identities, keys, timeouts. Plain values that the caller fills
//! from its configuration; going from sandbox to production changes these and nothing else.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use url::Url;

use crate::amount::Currency;
use crate::charset::Charset;
use crate::sign::{SigningKey, VerifyingKey};

/// Production gateway for orders (mapi), first choice (alipay.md §2.1).
pub const PRODUCTION_MAPI: &str = "https://globalmapi.alipay.com/gateway.do";
/// Production gateway for orders, backup; the only one named in older and Hong Kong documents.
pub const PRODUCTION_MAPI_BACKUP: &str = "https://intlmapi.alipay.com/gateway.do";
/// Production gateway for sign-in (openapi).
pub const PRODUCTION_OPENAPI: &str = "https://openapi.alipay.com/gateway.do";
/// Production page to which a passenger is sent for sign-in.
pub const PRODUCTION_AUTHORIZE: &str = "https://openauth.alipay.com/oauth2/publicAppAuthorize.htm";
/// Alipay's own test gateway for orders.
pub const TEST_MAPI: &str = "https://mapi.alipaydev.com/gateway.do";
/// Alipay's own test gateway for sign-in.
pub const TEST_OPENAPI: &str = "https://openapi-sandbox.dl.alipaydev.com/gateway.do";
/// Alipay's own test page for sign-in.
pub const TEST_AUTHORIZE: &str = "https://openauth.alipaydev.com/oauth2/publicAppAuthorize.htm";

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// To open a connection.
    pub connect: Duration,
    /// For the answer once connected, and for each silence within it.
    pub read: Duration,
}

/// The figures of Alipay's own client: 3 s and 15 s (alipay.md §11).
impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(3), read: Duration::from_secs(15) }
    }
}

/// One AppID: the application through which passengers sign in. One for an installation.
#[derive(Debug, Clone)]
pub struct ProviderSettings {
    /// The AppID.
    pub app_id: String,
    /// The openapi gateway, such as [`PRODUCTION_OPENAPI`]. Plain http is accepted, for a sandbox on this machine.
    pub gateway_url: Url,
    /// The authorise page, such as [`PRODUCTION_AUTHORIZE`].
    pub authorize_url: Url,
    /// The application's private key, with its algorithm.
    pub signing_key: SigningKey,
    /// Alipay's public key for this application, with its algorithm.
    pub alipay_key: VerifyingKey,
    /// The charset to declare; UTF-8 unless there is a reason.
    pub charset: Charset,
}

/// One PID: the merchant account that receives the money. One for each fleet.
#[derive(Debug, Clone)]
pub struct MerchantSettings {
    /// The PID: digits, 2088… in production.
    pub partner: String,
    /// The mapi gateway, such as [`PRODUCTION_MAPI`]. Plain http is accepted, for a sandbox on this machine.
    pub gateway_url: Url,
    /// What requests are signed with.
    pub signing_key: SigningKey,
    /// What answers and notices are verified with: Alipay's key for this PID and environment, not ours.
    pub alipay_key: VerifyingKey,
    /// The charset to declare; UTF-8 unless there is a reason.
    pub charset: Charset,
    /// Settlement currency of the contract.
    pub currency: Currency,
    /// Pricing currency, that of the fares; normally the same.
    pub trans_currency: Currency,
    /// The sub-merchant that every order names.
    pub secondary_merchant: SecondaryMerchant,
    /// How the keys of `extend_params` are written; which one the gateway insists on is not documented.
    pub extend_params_case: KeyCase,
    /// The form of `timestamp` in a cancel; the documents disagree.
    pub cancel_timestamp: CancelTimestamp,
    /// Where Alipay sends notices: publicly reachable, at most 190 characters.
    pub notify_url: Url,
    /// How long an order may stay unpaid.
    pub it_b_pay: PayWithin,
}

/// The sub-merchant block of alipay.md §5. (PID, `id`, `store_id`) names a store, which must be registered with Alipay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondaryMerchant {
    /// `secondary_merchant_id`, at most 32 characters.
    pub id: String,
    /// `secondary_merchant_name`.
    pub name: String,
    /// `secondary_merchant_industry`: the four-digit merchant category code.
    pub industry: String,
    /// `store_id`, at most 32 characters.
    pub store_id: String,
    /// `store_name`.
    pub store_name: String,
    /// `sys_service_provider_id`, where a service provider is named.
    pub service_provider_id: Option<String>,
}

/// Upper or lower case of the keys in `extend_params`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyCase {
    /// As newer documents print them.
    #[default]
    Lower,
    /// As older clients send them.
    Upper,
}

/// The form of `timestamp` in a cancel (alipay.md §9.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CancelTimestamp {
    /// Milliseconds since 1970, as the page shows.
    #[default]
    EpochMillis,
    /// `yyyy-MM-dd HH:mm:ss` in Beijing, as Alipay's Java client comments.
    BeijingText,
    /// None at all; such cancels have worked.
    Omitted,
}

/// How long an order may stay unpaid: `1m` to `15d` in whole minutes, hours or days, or `1c`, the end of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayWithin(String);

/// A text that is no such duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it_b_pay is a whole number of minutes, hours or days from 1m to 15d, or 1c for the end of the day")]
pub struct NotAPayWithin;

impl FromStr for PayWithin {
    type Err = NotAPayWithin;

    fn from_str(text: &str) -> Result<Self, NotAPayWithin> {
        const MINUTES_MAX: u32 = 15 * 24 * 60;
        let minutes_per_unit = [('m', 1), ('h', 60), ('d', 24 * 60)];
        let in_range = minutes_per_unit.iter().any(|(unit, minutes)| {
            text.strip_suffix(*unit)
                .filter(|number| !number.starts_with(['0', '+']))
                .and_then(|number| number.parse::<u32>().ok())
                .and_then(|number| number.checked_mul(*minutes))
                .is_some_and(|total| total <= MINUTES_MAX)
        });
        if in_range || text == "1c" { Ok(Self(text.to_owned())) } else { Err(NotAPayWithin) }
    }
}

impl fmt::Display for PayWithin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A setting that Alipay would refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The PID.
    #[error("partner must be the PID, up to 16 digits")]
    Partner,
    /// The AppID.
    #[error("app_id must be 1 to 32 letters or digits")]
    AppId,
    /// A URL that is neither http nor https.
    #[error("{0} must be an http or https address")]
    Url(&'static str),
    /// The address for notices is too long.
    #[error("notify_url must not be longer than 190 characters")]
    NotifyUrlLength,
    /// A field of the sub-merchant block.
    #[error("{0} is empty, too long, or holds double quotes or control characters")]
    SecondaryMerchant(&'static str),
    /// The merchant category code.
    #[error("secondary_merchant_industry must be a merchant category code of four digits")]
    Industry,
    /// The openapi gateway knows only RSA and RSA2.
    #[error("the openapi gateway takes RSA or RSA2, not MD5")]
    Md5OnOpenapi,
    /// The HTTP client could not be built; the system's certificates are the usual cause.
    #[error("the HTTP client could not be set up")]
    HttpClient,
}

impl ProviderSettings {
    /// Checks what can be checked without asking Alipay.
    ///
    /// # Errors
    /// [`SettingsError`] names the setting.
    pub fn check(&self) -> Result<(), SettingsError> {
        let app_id_is_plain = self.app_id.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if self.app_id.is_empty() || self.app_id.len() > 32 || !app_id_is_plain {
            return Err(SettingsError::AppId);
        }
        check_url("the openapi gateway URL", &self.gateway_url)?;
        check_url("the authorize URL", &self.authorize_url)?;
        if matches!(self.signing_key, SigningKey::Md5(_)) || matches!(self.alipay_key, VerifyingKey::Md5(_)) {
            return Err(SettingsError::Md5OnOpenapi);
        }
        Ok(())
    }
}

impl MerchantSettings {
    /// Checks what can be checked without asking Alipay.
    ///
    /// # Errors
    /// [`SettingsError`] names the setting.
    pub fn check(&self) -> Result<(), SettingsError> {
        let partner_is_digits = self.partner.bytes().all(|byte| byte.is_ascii_digit());
        if self.partner.is_empty() || self.partner.len() > 16 || !partner_is_digits {
            return Err(SettingsError::Partner);
        }
        check_url("the mapi gateway URL", &self.gateway_url)?;
        check_url("notify_url", &self.notify_url)?;
        if self.notify_url.as_str().len() > 190 {
            return Err(SettingsError::NotifyUrlLength);
        }
        self.secondary_merchant.check()
    }
}

impl SecondaryMerchant {
    fn check(&self) -> Result<(), SettingsError> {
        let fields = [
            ("secondary_merchant_id", &self.id, 32),
            ("secondary_merchant_name", &self.name, 128),
            ("store_id", &self.store_id, 32),
            ("store_name", &self.store_name, 128),
        ];
        for (name, value, length_max) in fields {
            let clean = !value.chars().any(|character| character == '"' || character.is_control());
            if !clean || !(1..=length_max).contains(&value.chars().count()) {
                return Err(SettingsError::SecondaryMerchant(name));
            }
        }
        if self.industry.len() == 4 && self.industry.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(())
        } else {
            Err(SettingsError::Industry)
        }
    }
}

fn check_url(name: &'static str, url: &Url) -> Result<(), SettingsError> {
    if matches!(url.scheme(), "http" | "https") && url.has_host() { Ok(()) } else { Err(SettingsError::Url(name)) }
}

#[cfg(test)]
mod tests {
    use super::{PayWithin, SecondaryMerchant, SettingsError};

    #[test]
    fn the_time_to_pay_is_bounded_as_documented() {
        for good in ["1m", "90m", "21600m", "2h", "360h", "15d", "1c"] {
            assert_eq!(good.parse::<PayWithin>().unwrap().to_string(), good);
        }
        for bad in ["", "m", "0m", "01m", "+1m", "1.5h", "16d", "361h", "21601m", "2c", "10s", "10", "99999999999d"] {
            assert!(bad.parse::<PayWithin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_named_host_is_an_address() {
        for text in [
            super::PRODUCTION_MAPI,
            super::PRODUCTION_MAPI_BACKUP,
            super::PRODUCTION_OPENAPI,
            super::PRODUCTION_AUTHORIZE,
            super::TEST_MAPI,
            super::TEST_OPENAPI,
            super::TEST_AUTHORIZE,
        ] {
            assert!(super::check_url("host", &text.parse().unwrap()).is_ok());
        }
    }

    #[test]
    fn a_sub_merchant_that_alipay_would_refuse_is_named_by_field() {
        let good = SecondaryMerchant {
            id: "M1".into(),
            name: "City Taxi 城市出租".into(),
            industry: "4121".into(),
            store_id: "CAB123".into(),
            store_name: "Cab 123".into(),
            service_provider_id: None,
        };
        assert_eq!(good.check(), Ok(()));
        let unnamed = SecondaryMerchant { name: String::new(), ..good.clone() };
        assert_eq!(unnamed.check(), Err(SettingsError::SecondaryMerchant("secondary_merchant_name")));
        let quoted = SecondaryMerchant { store_name: "the \"Cab\"".into(), ..good.clone() };
        assert_eq!(quoted.check(), Err(SettingsError::SecondaryMerchant("store_name")));
        let long = SecondaryMerchant { store_id: "1".repeat(33), ..good.clone() };
        assert_eq!(long.check(), Err(SettingsError::SecondaryMerchant("store_id")));
        for industry in ["", "412", "taxi", "41210"] {
            let other = SecondaryMerchant { industry: industry.into(), ..good.clone() };
            assert_eq!(other.check(), Err(SettingsError::Industry));
        }
    }
}
