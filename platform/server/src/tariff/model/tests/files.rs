//! What is wrong with a tariff's text is a sentence that names the key.

use super::*;

fn refused(text: &str) -> String {
    Tariff::parse(text).unwrap_err().to_string()
}

/// [`PLAIN`] with something put in another's place is refused with all of these words.
fn refuses(from: &str, to: &str, words: &[&str]) {
    let said = refused(&plain_but(from, to));
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
}

/// So is [`PLAIN`] with something added.
fn refuses_added(text: &str, words: &[&str]) {
    let said = refused(&format!("{PLAIN}\n{text}\n"));
    for word in words {
        assert!(said.contains(word), "`{word}` is missing: {said}");
    }
}

#[test]
fn a_gap_or_an_overlap_in_the_hours_is_named() {
    refuses("05:00-23:00", "06:00-23:00", &["no rate covers mon 05:00 to 06:00 for class `standard`"]);
    refuses("23:00-05:00", "22:30-05:00", &["`day` and `night` both cover mon 22:30 to 23:00 for class `standard`"]);
}

#[test]
fn every_class_has_a_week_of_its_own() {
    let both = plain_but("classes = [\"standard\"]", "classes = [\"standard\", \"van\"]");
    assert_eq!(tariff(&both).classes(), ["standard", "van"]);
    let only = both.replace("name = \"night\"", "name = \"night\"\nclasses = [\"standard\"]");
    assert!(refused(&only).contains("no rate covers mon 00:00 to 05:00 for class `van`"));
}

#[test]
fn keys_that_are_unknown_missing_or_of_another_kind_are_named() {
    refuses("currency = \"CNY\"", "currency = \"CNY\"\ncolour = 1", &["colour"]);
    refuses("currency = \"CNY\"", "", &["currency"]);
    refuses("currency = \"CNY\"", "currency = \"XYZ\"", &["currency", "XYZ"]);
    refuses("flag_fall = \"10.00\"", "flag_fall = 10.5", &["rate[0].flag_fall", "an amount in quotes"]);
    refuses("flag_fall = \"10.00\"", "flag_fall = \"10.005\"", &["rate[0].flag_fall", "10.005", "CNY"]);
    refuses("flag_fall = \"10.00\"", "flag_fall = \"-1\"", &["rate[0].flag_fall"]);
    refuses("counts = \"waiting\"", "counts = \"sleeping\"", &["rate[0].time.counts", "sleeping"]);
    refuses("name = \"Plain\"", "name = \" \"", &["`name`"]);
    assert!(refused("name = ").contains("not valid TOML"));
    assert!(refused(&"#".repeat(300_000)).contains("longer than"));
}

#[test]
fn times_and_zones_that_do_not_exist_are_named() {
    refuses("Asia/Shanghai", "Asia/Suzhou", &["time_zone", "Asia/Suzhou"]);
    refuses("2026-01-01T00:00", "2026-02-30T00:00", &["`from`", "2026-02-30"]);
    let skipped = plain_but("Asia/Shanghai", "Europe/Berlin").replace("2026-01-01T00:00", "2026-03-29T02:30");
    assert!(refused(&skipped).contains("2026-03-29T03:00"));
    refuses("05:00-23:00", "5-23", &["rate[0].hours", "5-23"]);
    refuses("hours = [\"05:00-23:00\"]", "days = [\"monday\"]", &["rate[0].days", "monday"]);
    refuses("hours = [\"05:00-23:00\"]", "days = [\"holiday\"]", &["rate[0].days", "lists none"]);
    for date in ["2026-13-01", "2026-1-1", "tomorrow"] {
        let list = format!("classes = [\"standard\"]\nholidays = [\"{date}\"]");
        refuses("classes = [\"standard\"]", &list, &["holidays[0]", date]);
    }
}

#[test]
fn numbers_that_make_no_sense_are_named() {
    refuses("unit_m = 500", "unit_m = 0", &["rate[0].distance[0].unit_m", "must be 1 to"]);
    refuses("unit_s = 60", "unit_s = 0", &["rate[0].time.unit_s"]);
    refuses("flag_fall_m = 3000", "flag_fall_m = -1", &["rate[0].flag_fall_m"]);
    refuses("above_m = 15000", "above_m = 0", &["rate[0].distance[1].above_m", "above 0"]);
    let first = plain_but("[[rate.distance]]\namount = \"1.00\"", "[[rate.distance]]\nabove_m = 5\namount = \"1.00\"");
    assert!(refused(&first).contains("`rate[0].distance`"));
    refuses("currency = \"CNY\"", "currency = \"CNY\"\ngap_share_bp = 100001", &["gap_share_bp"]);
    let unit = "currency = \"CNY\"\nrounding = { unit = \"0.00\", direction = \"up\" }";
    refuses("currency = \"CNY\"", unit, &["rounding.unit", "above zero"]);
    let direction = "currency = \"CNY\"\nrounding = { unit = \"0.10\", direction = \"sideways\" }";
    refuses("currency = \"CNY\"", direction, &["rounding.direction", "sideways"]);
}

#[test]
fn names_must_be_there_and_stand_once() {
    refuses("name = \"night\"", "name = \"day\"", &["rate[1]", "second time"]);
    refuses("classes = [\"standard\"]", "classes = []", &["classes"]);
    refuses("classes = [\"standard\"]", "classes = [\"a\", \"a\"]", &["classes[1]"]);
    refuses("name = \"night\"", "name = \"night\"\nclasses = [\"van\"]", &["rate[1].classes", "van"]);
    refuses_added(
        "[[surcharge]]\nname = \"x\"\namount = \"1\"\nzone = \"moon\"\nat = \"pickup\"",
        &["surcharge[0].zone", "moon"],
    );
    refuses_added("[[surcharge]]\nname = \"x\"\namount = \"1\"\nat = \"pickup\"", &["surcharge[0]", "go together"]);
    refuses_added("[[surcharge]]\nname = \"x\"", &["surcharge[0]", "either `amount` or `share_bp`"]);
    refuses_added("[[surcharge]]\nname = \"x\"\namount = \"1\"\nshare_bp = 1", &["surcharge[0]"]);
    refuses_added("[[fixed]]\npickup = \"moon\"\ndropoff = \"moon\"\namount = \"1\"", &["fixed[0].pickup", "moon"]);
    refuses_added("[[toll]]\nname = \"a\"\namount = \"1\"\n[[toll]]\nname = \"a\"\namount = \"2\"", &["toll[1]"]);
    refuses_added("[[extra]]\nname = \"a\"\namount = \"1\"\ncount_max = 0", &["extra[0].count_max"]);
}

#[test]
fn zones_that_are_nowhere_are_named() {
    let zone = |shape: &str| format!("[[zone]]\nname = \"z\"\n{shape}");
    refuses_added(&zone(""), &["zone[0]", "either `circle` or `polygon`"]);
    refuses_added(&zone("circle = { lat = 120.6, lng = 31.3, radius_m = 5 }"), &["zone[0].circle", "latitude first"]);
    refuses_added(&zone("circle = { lat = 31.3, lng = 120.6, radius_m = 0 }"), &["zone[0].circle.radius_m"]);
    refuses_added(&zone("circle = { lat = nan, lng = 120.6, radius_m = 5 }"), &["zone[0].circle"]);
    refuses_added(&zone("polygon = [[31.0, 120.0], [31.1, 120.0]]"), &["zone[0].polygon", "three corners"]);
    refuses_added(&zone("polygon = [[31.0, 120.0], [31.1, 200.0], [31.0, 120.1]]"), &["zone[0].polygon[1]"]);
    refuses_added(&zone("polygon = [[1.0, 170.0], [2.0, -170.0], [3.0, 170.0]]"), &["zone[0].polygon", "180"]);
}

#[test]
fn the_same_text_is_the_same_tariff_and_another_text_another() {
    let plain = tariff(PLAIN);
    assert_eq!(plain.id(), tariff(PLAIN).id());
    assert_ne!(plain.id(), tariff(&format!("{PLAIN}# a remark\n")).id());
    // The first 16 bytes of the text's SHA-256, with version and variant put in: it never changes for a text.
    assert_eq!(plain.id().to_string(), "981f1513-d9ab-8d77-8b47-6ddc5d97adc7");
}
