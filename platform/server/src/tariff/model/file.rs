//! The tariff as operators write it: TOML, read and checked as a whole before any of it counts. What is wrong is a
//! sentence that names the key. `config/tariffs/` explains every key.
//!
//! A text that was accepted once must be read to the same tariff for ever, since old quotes are worked out again from it: a
//! new key gets a default that changes nothing, and an old key never changes its meaning.

use std::collections::BTreeSet;

use fareway_shared::{
    id::TariffId,
    money::{Currency, Money},
    place::LatLng,
};
use jiff::{civil::Date, tz::TimeZone};
use sha2::{Digest, Sha256};

use super::{
    local_time::{IfRepeated, local_time},
    tariff::{Applies, Direction, Extra, FixedPrice, Rate, Rounding, Size, Step, Surcharge, Tariff, TimeRate, Toll},
    text::{Amount, DistanceText, ExtraText, FixedText, RateText, SurchargeText, TariffText, TollText, ZoneText},
    week::{Week, When},
    zone::{Shape, Zone},
};
use crate::tariff::error::FileError;

/// Far more than a tariff needs.
const TEXT_MAX: usize = 256 * 1024;
const LIST_MAX: usize = 1000;
const NAME_MAX: usize = 64;
const UNIT_MAX: u32 = 100_000;
const COVERED_MAX: u32 = 1_000_000;
const SHARE_MAX_BP: u32 = 100_000;
const RADIUS_MAX_M: u32 = 100_000;
const COUNT_MAX: u32 = 100;

impl Tariff {
    /// Reads and checks a tariff.
    ///
    /// # Errors
    /// [`FileError`] names the key and what to do; or the first minutes of the week that no rate covers, or two.
    pub fn parse(text: &str) -> Result<Self, FileError> {
        if text.len() > TEXT_MAX {
            return Err(FileError::Syntax { message: format!("it is longer than {TEXT_MAX} bytes") });
        }
        let table = text.parse::<toml::Table>().map_err(|error| FileError::Syntax { message: error.to_string() })?;
        let file: TariffText = serde_path_to_error::deserialize(toml::Value::Table(table))
            .map_err(|error| FileError::key(error.path().to_string(), error.inner().to_string().trim()))?;
        let head = Head::read(&file)?;
        let zones = list("zone", &file.zone, read_zone)?;
        unique("zone", zones.iter().map(|zone| zone.name.as_str()))?;
        let rates = list("rate", &file.rate, |key, rate| head.rate(key, rate))?;
        unique("rate", rates.iter().map(|(rate, _)| rate.name.as_str()))?;
        let fixed = list("fixed", &file.fixed, |key, fixed| head.fixed(key, fixed, &zones))?;
        let surcharges = list("surcharge", &file.surcharge, |key, surcharge| head.surcharge(key, surcharge, &zones))?;
        unique("surcharge", surcharges.iter().map(|surcharge| surcharge.name.as_str()))?;
        let tolls = list("toll", &file.toll, |key, toll| head.toll(key, toll))?;
        unique("toll", tolls.iter().map(|toll| toll.name.as_str()))?;
        let extras = list("extra", &file.extra, |key, extra| head.extra(key, extra))?;
        unique("extra", extras.iter().map(|extra| extra.name.as_str()))?;
        let weeks = head.weeks(&rates)?;
        let rates = rates.into_iter().map(|(rate, _)| rate).collect();
        let Head { time_zone, classes, holidays, currency, rounding } = head;
        let from = local_time(&file.from, &time_zone, IfRepeated::Ask).map_err(|why| FileError::key("from", why))?;
        within("gap_share_bp", file.gap_share_bp, 0, SHARE_MAX_BP)?;
        Ok(Self {
            id: id_of(text),
            name: name("name", &file.name)?,
            time_zone,
            time_zone_name: file.time_zone,
            currency,
            effective_at: from,
            classes,
            holidays,
            gap_share_bp: file.gap_share_bp,
            rounding,
            rates,
            weeks,
            zones,
            fixed,
            surcharges,
            tolls,
            extras,
        })
    }
}

/// The first 16 bytes of the text's SHA-256 as a UUID of version 8.
fn id_of(text: &str) -> TariffId {
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(byte, digest)| *byte = digest);
    TariffId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

/// What everything below it is read by.
struct Head {
    time_zone: TimeZone,
    classes: Vec<String>,
    holidays: BTreeSet<i64>,
    currency: Currency,
    rounding: Rounding,
}

/// A rate, and when it is in force.
type RateInForce = (Rate, Applies);

impl Head {
    fn read(file: &TariffText) -> Result<Self, FileError> {
        let time_zone = TimeZone::get(&file.time_zone).map_err(|_| {
            let message = format!("{} is no time zone; give an IANA name such as Asia/Shanghai", file.time_zone);
            FileError::key("time_zone", message)
        })?;
        if file.classes.is_empty() {
            return Err(FileError::key("classes", "name at least one vehicle class"));
        }
        let classes = list("classes", &file.classes, |key, class| name(key, class))?;
        unique("classes", classes.iter().map(String::as_str))?;
        let holidays = list("holidays", &file.holidays, |key, date| {
            day_number(date).ok_or_else(|| FileError::key(key, format!("`{date}` is no date; write it as 2027-01-01")))
        })?;
        let mut head = Self {
            time_zone,
            classes,
            holidays: holidays.into_iter().collect(),
            currency: file.currency,
            rounding: Rounding { unit_minor: 1, direction: Direction::HalfUp },
        };
        if let Some(rounding) = &file.rounding {
            let unit_minor = head.amount("rounding.unit", &rounding.unit)?;
            if unit_minor < 1 {
                return Err(FileError::key("rounding.unit", "must be above zero"));
            }
            head.rounding = Rounding { unit_minor, direction: rounding.direction };
        }
        Ok(head)
    }

    fn amount(&self, key: &str, amount: &Amount) -> Result<i64, FileError> {
        let money = Money::parse(&amount.0, self.currency);
        money.map(|money| money.minor).map_err(|_| {
            let example = Money::new(1050, self.currency).decimal();
            let message = format!("`{}` is no amount in {}; write it as \"{example}\"", amount.0, self.currency);
            FileError::key(key, message)
        })
    }

    fn applies(&self, key: &str, classes: &[String], days: &[String], hours: &[String]) -> Result<Applies, FileError> {
        if let Some(unknown) = classes.iter().find(|class| !self.classes.contains(class)) {
            let message = format!("`{unknown}` is not in the list `classes` at the head of the tariff");
            return Err(FileError::key(format!("{key}.classes"), message));
        }
        unique(&format!("{key}.classes"), classes.iter().map(String::as_str))?;
        let classes = if classes.is_empty() { &self.classes } else { classes };
        let when = When::read(key, days, hours, !self.holidays.is_empty())?;
        Ok(Applies { classes: classes.to_vec(), when })
    }

    fn rate(&self, key: &str, rate: &RateText) -> Result<RateInForce, FileError> {
        within(&format!("{key}.flag_fall_m"), rate.flag_fall_m, 0, COVERED_MAX)?;
        within(&format!("{key}.flag_fall_s"), rate.flag_fall_s, 0, COVERED_MAX)?;
        let minimum = rate.minimum.as_ref().map(|minimum| self.amount(&format!("{key}.minimum"), minimum));
        let time = rate.time.as_ref().map(|time| {
            within(&format!("{key}.time.unit_s"), time.unit_s, 1, UNIT_MAX)?;
            let amount_minor = self.amount(&format!("{key}.time.amount"), &time.amount)?;
            Ok(TimeRate { counts: time.counts, step: Step { above: 0, unit: time.unit_s, amount_minor } })
        });
        let steps = Rate {
            name: name(&format!("{key}.name"), &rate.name)?,
            flag_fall_minor: self.amount(&format!("{key}.flag_fall"), &rate.flag_fall)?,
            flag_fall_m: rate.flag_fall_m,
            flag_fall_s: rate.flag_fall_s,
            minimum_minor: minimum.transpose()?.unwrap_or(0),
            distance: self.steps(&format!("{key}.distance"), &rate.distance)?,
            time: time.transpose()?,
        };
        Ok((steps, self.applies(key, &rate.classes, &rate.days, &rate.hours)?))
    }

    fn steps(&self, key: &str, steps: &[DistanceText]) -> Result<Vec<Step>, FileError> {
        if steps.first().is_none_or(|first| first.above_m > 0) {
            let message = "the first [[rate.distance]] counts from the start: leave `above_m` out, or set it to 0";
            return Err(FileError::key(key, message));
        }
        let pairs = steps.iter().zip(steps.iter().skip(1)).enumerate();
        for (index, (step, next)) in pairs {
            if next.above_m <= step.above_m {
                let place = index.saturating_add(1);
                let message = format!("must be above {}, the step before it", step.above_m);
                return Err(FileError::key(format!("{key}[{place}].above_m"), message));
            }
        }
        list(key, steps, |key, step| {
            within(&format!("{key}.unit_m"), step.unit_m, 1, UNIT_MAX)?;
            let amount_minor = self.amount(&format!("{key}.amount"), &step.amount)?;
            Ok(Step { above: step.above_m, unit: step.unit_m, amount_minor })
        })
    }

    fn fixed(&self, key: &str, fixed: &FixedText, zones: &[Zone]) -> Result<FixedPrice, FileError> {
        Ok(FixedPrice {
            pickup: zone_named(&format!("{key}.pickup"), &fixed.pickup, zones)?,
            dropoff: zone_named(&format!("{key}.dropoff"), &fixed.dropoff, zones)?,
            both_ways: fixed.both_ways,
            amount_minor: self.amount(&format!("{key}.amount"), &fixed.amount)?,
            tolls_included: fixed.tolls_included,
            applies: self.applies(key, &fixed.classes, &fixed.days, &fixed.hours)?,
        })
    }

    fn surcharge(&self, key: &str, surcharge: &SurchargeText, zones: &[Zone]) -> Result<Surcharge, FileError> {
        let zone = match (&surcharge.zone, surcharge.at) {
            (None, None) => None,
            (Some(name), Some(at)) => Some((zone_named(&format!("{key}.zone"), name, zones)?, at)),
            _ => return Err(FileError::key(key, "`zone` and `at` (pickup, dropoff or either) go together")),
        };
        Ok(Surcharge {
            name: name(&format!("{key}.name"), &surcharge.name)?,
            size: self.size(key, surcharge)?,
            zone,
            applies: self.applies(key, &surcharge.classes, &surcharge.days, &surcharge.hours)?,
        })
    }

    fn size(&self, key: &str, surcharge: &SurchargeText) -> Result<Size, FileError> {
        match (&surcharge.amount, surcharge.share_bp) {
            (Some(amount), None) => Ok(Size::Minor(self.amount(&format!("{key}.amount"), amount)?)),
            (None, Some(share)) => {
                within(&format!("{key}.share_bp"), share, 0, SHARE_MAX_BP)?;
                Ok(Size::ShareBp(share))
            }
            _ => Err(FileError::key(key, "give either `amount` or `share_bp` (1500 is 15 %)")),
        }
    }

    fn toll(&self, key: &str, toll: &TollText) -> Result<Toll, FileError> {
        let amount_minor = self.amount(&format!("{key}.amount"), &toll.amount)?;
        Ok(Toll { name: name(&format!("{key}.name"), &toll.name)?, amount_minor })
    }

    fn extra(&self, key: &str, extra: &ExtraText) -> Result<Extra, FileError> {
        within(&format!("{key}.count_max"), extra.count_max, 1, COUNT_MAX)?;
        let cap = extra.cap.as_ref().map(|cap| self.amount(&format!("{key}.cap"), cap));
        Ok(Extra {
            name: name(&format!("{key}.name"), &extra.name)?,
            amount_minor: self.amount(&format!("{key}.amount"), &extra.amount)?,
            count_max: extra.count_max,
            cap_minor: cap.transpose()?,
            always: extra.always,
        })
    }

    fn weeks(&self, rates: &[RateInForce]) -> Result<Vec<Week>, FileError> {
        let of_class = |class: &String| {
            let rates = rates.iter().enumerate().filter(|(_, (_, applies))| applies.classes.contains(class));
            let rates: Vec<_> =
                rates.map(|(place, (rate, applies))| (place, rate.name.as_str(), &applies.when)).collect();
            Week::cover(class, &rates, !self.holidays.is_empty())
        };
        self.classes.iter().map(of_class).collect()
    }
}

fn zone_named(key: &str, name: &str, zones: &[Zone]) -> Result<String, FileError> {
    let known = zones.iter().any(|zone| zone.name == name);
    let message = || format!("there is no [[zone]] with the name `{name}`");
    known.then(|| name.to_owned()).ok_or_else(|| FileError::key(key, message()))
}

fn read_zone(key: &str, zone: &ZoneText) -> Result<Zone, FileError> {
    let place = |key: &str, lat: f64, lng: f64| LatLng::new(lat, lng).map_err(|error| FileError::key(key, error));
    let shape = match (&zone.circle, &zone.polygon) {
        (Some(circle), None) => {
            within(&format!("{key}.circle.radius_m"), circle.radius_m, 1, RADIUS_MAX_M)?;
            let centre = place(&format!("{key}.circle"), circle.lat, circle.lng)?;
            Shape::Circle { centre, radius_m: circle.radius_m }
        }
        (None, Some(corners)) => {
            let key = format!("{key}.polygon");
            let corners = list(&key, corners, |key, (lat, lng)| place(key, *lat, *lng))?;
            if corners.len() < 3 {
                return Err(FileError::key(key, "needs at least three corners"));
            }
            let wide = corners.iter().any(|one| corners.iter().any(|other| (one.lng() - other.lng()).abs() > 180.0));
            if wide {
                let message = "spans more than half the earth; give a zone that crosses 180° as two polygons";
                return Err(FileError::key(key, message));
            }
            Shape::Polygon(corners)
        }
        _ => return Err(FileError::key(key, "give either `circle` or `polygon`")),
    };
    Ok(Zone { name: name(&format!("{key}.name"), &zone.name)?, shape })
}

/// A date's number of days since 1970-01-01.
fn day_number(date: &str) -> Option<i64> {
    let date = Date::strptime("%Y-%m-%d", date).ok().filter(|read| read.to_string() == date)?;
    Some(date.duration_since(Date::constant(1970, 1, 1)).as_hours().div_euclid(24))
}

/// Reads a list, each entry under its key.
fn list<T, R>(key: &str, items: &[T], read: impl Fn(&str, &T) -> Result<R, FileError>) -> Result<Vec<R>, FileError> {
    if items.len() > LIST_MAX {
        return Err(FileError::key(key, format!("has {} entries; at most {LIST_MAX} are read", items.len())));
    }
    items.iter().enumerate().map(|(index, item)| read(&format!("{key}[{index}]"), item)).collect()
}

fn name(key: &str, text: &str) -> Result<String, FileError> {
    let fits = !text.is_empty() && text.chars().count() <= NAME_MAX && text.trim() == text;
    if fits && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(FileError::key(key, format!("a name is 1 to {NAME_MAX} letters on one line, without spaces around it")))
}

fn unique<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Result<(), FileError> {
    let mut seen = BTreeSet::new();
    for (index, name) in names.enumerate() {
        if !seen.insert(name) {
            return Err(FileError::key(format!("{key}[{index}]"), format!("`{name}` stands here for the second time")));
        }
    }
    Ok(())
}

fn within(key: &str, value: u32, least: u32, most: u32) -> Result<(), FileError> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    Err(FileError::key(key, format!("must be {least} to {most}, not {value}")))
}
