//! This repository keeps the rules of the house.

use std::path::Path;

#[test]
fn the_house_keeps_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let broken = house_rules::check(&root).unwrap();
    let report: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert!(report.is_empty(), "{} rules broken:\n{}", report.len(), report.join("\n"));
}
