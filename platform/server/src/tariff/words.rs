//! The lines of a quote as a caller or a passenger reads them. Names of rates, zones, tolls and extras are the operator's own.

use fareway_shared::money::{Currency, Money};

use super::model::{Counts, LineKind};

/// A line in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineWords {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

fn words(zh: String, en: String) -> LineWords {
    LineWords { zh, en }
}

/// What a line is for.
#[must_use]
pub fn line_words(kind: &LineKind, currency: Currency) -> LineWords {
    let shown = |minor: i64| Money::new(minor, currency).decimal();
    match kind {
        LineKind::FlagFall { covers_m, .. } => {
            let km = kilometres(*covers_m);
            words(format!("起步价（含 {km} 公里）"), format!("Flag fall, {km} km included"))
        }
        LineKind::Distance { units, unit_m, each_minor, .. } => {
            let each = shown(*each_minor);
            words(
                format!("里程 {units} × {unit_m} 米，每份 {each}"),
                format!("Distance, {units} × {unit_m} m at {each}"),
            )
        }
        LineKind::Time { counts, units, unit_s, each_minor, .. } => {
            let each = shown(*each_minor);
            let (zh, en) = match counts {
                Counts::Waiting => ("等候", "Waiting"),
                Counts::Trip => ("时长", "Time"),
            };
            words(format!("{zh} {units} × {unit_s} 秒，每份 {each}"), format!("{en}, {units} × {unit_s} s at {each}"))
        }
        LineKind::Minimum { minimum_minor } => {
            let least = shown(*minimum_minor);
            words(format!("补足最低车费 {least}"), format!("Up to the least fare of {least}"))
        }
        LineKind::FixedPrice { pickup_zone, dropoff_zone } => words(
            format!("{pickup_zone} 至 {dropoff_zone} 一口价"),
            format!("Fixed price, {pickup_zone} to {dropoff_zone}"),
        ),
        LineKind::Surcharge { name, .. } => words(format!("附加费：{name}"), format!("Surcharge: {name}")),
        LineKind::Toll { name, times: 1 } => words(format!("通行费：{name}"), format!("Toll: {name}")),
        LineKind::Toll { name, times } => words(format!("通行费：{name} × {times}"), format!("Toll: {name} × {times}")),
        LineKind::Extra { name, count: 1 } => words(name.clone(), name.clone()),
        LineKind::Extra { name, count } => words(format!("{name} × {count}"), format!("{name} × {count}")),
        LineKind::Rounding { .. } => words("舍入".to_owned(), "Rounding".to_owned()),
    }
}

/// Metres as kilometres without needless digits.
fn kilometres(metres: u32) -> String {
    let (whole, rest) = (metres / 1_000, metres % 1_000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{}", format!("{rest:03}").trim_end_matches('0')) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_it_is_for_in_both_languages() {
        let fall = LineKind::FlagFall { rate: "day".to_owned(), covers_m: 2_500, covers_s: 0 };
        let told = line_words(&fall, Currency::CNY);
        assert_eq!((told.zh.as_str(), told.en.as_str()), ("起步价（含 2.5 公里）", "Flag fall, 2.5 km included"));
        let distance =
            LineKind::Distance { rate: "day".to_owned(), above_m: 3_000, units: 8, unit_m: 500, each_minor: 120 };
        assert_eq!(line_words(&distance, Currency::CNY).en, "Distance, 8 × 500 m at 1.20");
        let toll = LineKind::Toll { name: "S5".to_owned(), times: 2 };
        assert_eq!(line_words(&toll, Currency::CNY).zh, "通行费：S5 × 2");
    }
}
