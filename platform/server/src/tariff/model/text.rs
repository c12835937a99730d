//! A tariff's keys as they stand in the file, before anything is checked. `config/tariffs/` says what each one means.

use fareway_shared::money::Currency;
use serde::{Deserialize, Deserializer, de};

use super::tariff::{Counts, Direction, End};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TariffText {
    pub(super) name: String,
    pub(super) time_zone: String,
    pub(super) currency: Currency,
    pub(super) from: String,
    pub(super) classes: Vec<String>,
    #[serde(default)]
    pub(super) holidays: Vec<String>,
    #[serde(default = "gap_share")]
    pub(super) gap_share_bp: u32,
    pub(super) rounding: Option<RoundingText>,
    #[serde(default)]
    pub(super) rate: Vec<RateText>,
    #[serde(default)]
    pub(super) zone: Vec<ZoneText>,
    #[serde(default)]
    pub(super) fixed: Vec<FixedText>,
    #[serde(default)]
    pub(super) surcharge: Vec<SurchargeText>,
    #[serde(default)]
    pub(super) toll: Vec<TollText>,
    #[serde(default)]
    pub(super) extra: Vec<ExtraText>,
}

const fn gap_share() -> u32 {
    2_000
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoundingText {
    pub(super) unit: Amount,
    pub(super) direction: Direction,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RateText {
    pub(super) name: String,
    #[serde(default)]
    pub(super) classes: Vec<String>,
    #[serde(default)]
    pub(super) days: Vec<String>,
    #[serde(default)]
    pub(super) hours: Vec<String>,
    pub(super) flag_fall: Amount,
    pub(super) flag_fall_m: u32,
    #[serde(default)]
    pub(super) flag_fall_s: u32,
    pub(super) minimum: Option<Amount>,
    pub(super) distance: Vec<DistanceText>,
    pub(super) time: Option<TimeText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DistanceText {
    #[serde(default)]
    pub(super) above_m: u32,
    pub(super) amount: Amount,
    pub(super) unit_m: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeText {
    pub(super) counts: Counts,
    pub(super) amount: Amount,
    pub(super) unit_s: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ZoneText {
    pub(super) name: String,
    pub(super) circle: Option<CircleText>,
    pub(super) polygon: Option<Vec<(f64, f64)>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CircleText {
    pub(super) lat: f64,
    pub(super) lng: f64,
    pub(super) radius_m: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FixedText {
    pub(super) pickup: String,
    pub(super) dropoff: String,
    #[serde(default)]
    pub(super) both_ways: bool,
    pub(super) amount: Amount,
    #[serde(default)]
    pub(super) tolls_included: bool,
    #[serde(default)]
    pub(super) classes: Vec<String>,
    #[serde(default)]
    pub(super) days: Vec<String>,
    #[serde(default)]
    pub(super) hours: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SurchargeText {
    pub(super) name: String,
    pub(super) amount: Option<Amount>,
    pub(super) share_bp: Option<u32>,
    pub(super) zone: Option<String>,
    pub(super) at: Option<End>,
    #[serde(default)]
    pub(super) classes: Vec<String>,
    #[serde(default)]
    pub(super) days: Vec<String>,
    #[serde(default)]
    pub(super) hours: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TollText {
    pub(super) name: String,
    pub(super) amount: Amount,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExtraText {
    pub(super) name: String,
    pub(super) amount: Amount,
    #[serde(default = "one")]
    pub(super) count_max: u32,
    pub(super) cap: Option<Amount>,
    #[serde(default)]
    pub(super) always: bool,
}

const fn one() -> u32 {
    1
}

/// Decimal text in quotes: a number without quotes would be a binary fraction.
pub(super) struct Amount(pub(super) String);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Quoted;
        impl de::Visitor<'_> for Quoted {
            type Value = Amount;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an amount in quotes, such as \"10.50\"")
            }

            fn visit_str<E>(self, text: &str) -> Result<Amount, E> {
                Ok(Amount(text.to_owned()))
            }
        }
        deserializer.deserialize_any(Quoted)
    }
}
