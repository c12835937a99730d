//! `cargo xtask bench`: runs the benches under `tests` as release builds and shows what they wrote. A bench is a
//! program `bench-NAME` that leaves `target/bench/NAME.json`, a list of `{name, ours, peer, ratio, unit, note}`.

use std::fs;

use serde::Deserialize;

use crate::{
    place::Place,
    step::{Failed, Steps, cargo, failed, say, show},
};

/// The benches there are, with the package that holds each; a new one is a line here.
const BENCHES: &[(&str, &str)] = &[("confirm", "fareway-bench"), ("matching", "bench-matching")];

/// One line of a result.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    ours: f64,
    peer: f64,
    ratio: f64,
    unit: String,
    note: String,
}

pub(crate) fn run(place: &Place, name: Option<&str>) -> Result<(), Failed> {
    let wanted: Vec<_> = BENCHES.iter().filter(|(there, _)| name.is_none_or(|name| name == *there)).collect();
    if let (Some(name), []) = (name, wanted.as_slice()) {
        let there: Vec<_> = BENCHES.iter().map(|(there, _)| *there).collect();
        return Err(failed(format!("there is no bench `{name}`; there are: {}", there.join(", "))));
    }
    let mut steps = Steps::default();
    for (name, package) in wanted {
        let _ = steps.run(&format!("bench {name}"), || one(place, name, package));
    }
    steps.close()
}

fn one(place: &Place, name: &str, package: &str) -> Result<(), Failed> {
    let mut bench = cargo(&place.root);
    let program = format!("bench-{name}");
    bench.args(["run", "--release", "--locked", "--quiet", "--package", package, "--bin", &program]);
    show(&mut bench)?;
    let file = place.built.join("bench").join(format!("{name}.json"));
    let text =
        fs::read_to_string(&file).map_err(|error| failed(format!("the bench left no {}: {error}", file.display())))?;
    let rows = rows(&text).map_err(|error| failed(format!("{} is not a list of rows: {error}", file.display())))?;
    for row in &rows {
        say(&line(row));
    }
    Ok(())
}

fn rows(text: &str) -> Result<Vec<Row>, serde_json::Error> {
    serde_json::from_str(text)
}

fn line(row: &Row) -> String {
    let Row { name, ours, peer, ratio, unit, note } = row;
    format!("{ours:>12.1} {unit}  beside {peer:>12.1} {unit}  x {ratio:<6.2} {name} ({note})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_as_the_contract_says() {
        let text = r#"[{"name":"p50","ours":812.0,"peer":500.0,"ratio":1.62,"unit":"us","note":"n"}]"#;
        let rows = rows(text).unwrap();
        assert_eq!(line(&rows[0]), "       812.0 us  beside        500.0 us  x 1.62   p50 (n)");
        assert!(super::rows(r#"[{"name":"p50"}]"#).is_err());
    }

    #[test]
    fn an_unknown_bench_is_answered_with_those_there_are() {
        let Failed(sentence) = run(&Place::find(), Some("speed")).unwrap_err();
        assert_eq!(sentence, "there is no bench `speed`; there are: confirm, matching");
    }
}
