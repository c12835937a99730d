//! Currencies without decimals and with three, and amounts at the end of the range.

use super::*;
use crate::tariff::error::TariffError;

#[test]
fn a_currency_without_decimals_counts_in_whole_units() {
    // 500 for 1,096 m, then 100 a started 255 m, as Tokyo's meters count.
    let text = r#"
name = "Tokyo"
time_zone = "Asia/Tokyo"
currency = "JPY"
from = "2026-01-01T00:00"
classes = ["standard"]
[rounding]
unit = "10"
direction = "down"
[[rate]]
name = "all"
flag_fall = "500"
flag_fall_m = 1096
[[rate.distance]]
amount = "100"
unit_m = 255
[[surcharge]]
name = "late"
share_bp = 2000
hours = ["22:00-05:00"]
"#;
    let tokyo = tariff(text);
    // 500 + ⌈(5,000 − 1,096) / 255⌉ = 16 × 100 = 2,100
    assert_eq!(total(&tokyo, &journey(5_000, 900)), 2100);
    // 22:00 in Tokyo is 21:00 in Shanghai: 20 % of 2,100 = 420
    let late = Journey { pickup_at: at("2026-11-23T21:00", "Asia/Shanghai"), ..journey(5_000, 900) };
    assert_eq!(total(&tokyo, &late), 2520);
    let decimals = Tariff::parse(&text.replace("\"500\"", "\"500.5\"")).unwrap_err().to_string();
    assert!(decimals.contains("rate[0].flag_fall") && decimals.contains("JPY"), "{decimals}");
}

#[test]
fn a_currency_of_three_decimals_counts_in_thousandths() {
    let text = r#"
name = "Kuwait"
time_zone = "Asia/Kuwait"
currency = "KWD"
from = "2026-01-01T00:00"
classes = ["standard"]
[rounding]
unit = "0.050"
direction = "half_up"
[[rate]]
name = "all"
flag_fall = "0.350"
flag_fall_m = 0
[[rate.distance]]
amount = "0.175"
unit_m = 1000
"#;
    // 0.350 + 3 × 0.175 = 0.875, in the middle of 0.850 and 0.900, so up.
    let kuwait = tariff(text);
    let ride = quote(&kuwait, &journey(2_001, 300)).unwrap();
    assert_eq!((ride.total.decimal(), ride.lines.len()), ("0.900".to_owned(), 3));
    assert!(Tariff::parse(&text.replace("0.175", "0.1755")).is_err());
}

#[test]
fn an_amount_beyond_the_range_is_an_error_and_no_smaller_amount() {
    let most = "92233720368547758.07";
    let edge = tariff(&plain_but("\"10.00\"", &format!("\"{most}\"")));
    assert_eq!(total(&edge, &journey(3_000, 60)), i64::MAX);
    assert!(matches!(quote(&edge, &journey(3_001, 60)), Err(TariffError::Overflow)));
    let units = tariff(&plain_but("\"1.00\"", &format!("\"{most}\"")));
    assert!(matches!(quote(&units, &journey(5_000_000, 60)), Err(TariffError::Overflow)));
    let share = tariff(&format!(
        "{}\n[[surcharge]]\nname = \"s\"\nshare_bp = 100000\n",
        plain_but("\"10.00\"", &format!("\"{most}\""))
    ));
    assert!(matches!(quote(&share, &journey(0, 60)), Err(TariffError::Overflow)));
    let beyond = Tariff::parse(&plain_but("\"10.00\"", "\"92233720368547758.08\"")).unwrap_err().to_string();
    assert!(beyond.contains("rate[0].flag_fall"), "{beyond}");
}
