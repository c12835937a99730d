//! `fareway-match policy`, `explain` and `fit` as a caller meets them: lines in, lines out, sentences for what is wrong.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

const TICK: &str = r#"{"t":57610.0,"speed_mps":6.667,"detour":1.35,"patience_s":300,"max_drive_s":900,
    "requests":[{"id":12,"lat":37.77,"lon":-122.41,"age_s":8.1,"vehicle":null},
                {"id":9,"lat":37.78,"lon":-122.42,"age_s":18.1,"vehicle":8}],
    "vehicles":[{"id":7,"lat":37.771,"lon":-122.411,"state":"idle"},
                {"id":8,"lat":37.781,"lon":-122.42,"state":"to_pickup","request":9},
                {"id":5,"lat":37.77,"lon":-122.41,"state":"occupied","free_in_s":120.5}]}"#;

fn run(arguments: &[&str], input: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_fareway-match"));
    let program = program.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    // A program that has already refused has closed its end.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn one_line(tick: &str) -> String {
    format!("{}\n", tick.replace('\n', " "))
}

#[test]
fn each_line_is_answered_by_one_line_and_the_end_of_input_ends_it() {
    let later = TICK.replace("57610.0", "57620.0");
    let output = run(&["policy"], &(one_line(TICK) + &one_line(&later)));
    assert!(output.status.success());
    let answers: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0], serde_json::json!({"assign": [[12, 7], [9, 8]]}));
}

#[test]
fn what_is_wrong_ends_it_with_a_sentence() {
    for (wrong, sentence) in [
        (TICK.replace("\"id\":12", "\"id\":9"), "request 9 is listed twice"),
        (TICK.replace("37.771,\"lon\":-122.411", "-122.411,\"lon\":37.771"), "vehicle 7 is nowhere"),
        (TICK.replace("\"vehicle\":8", "\"vehicle\":80"), "which is not listed"),
        ("{\"t\":1".to_owned(), "EOF"),
    ] {
        let output = run(&["policy"], &one_line(&wrong));
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("fareway-match: ") && said.contains(sentence), "{said}");
    }
}

#[test]
fn a_recorded_tick_is_explained_in_both_languages() {
    let record = place("record.jsonl");
    let path = record.to_str().unwrap();
    assert!(run(&["policy", "--record", path], &one_line(TICK)).status.success());
    let english = run(&["explain", "--record", path, "--request", "12"], "");
    assert_eq!(
        String::from_utf8(english.stdout).unwrap(),
        "Car 7 is the nearest that request 12 could have: 142 m, 29 s.\n"
    );
    let chinese = run(&["explain", "--record", path, "--language", "zh"], "");
    assert_eq!(String::from_utf8(chinese.stdout).unwrap().lines().count(), 2);
    let missing = run(&["explain", "--record", path, "--tick", "2"], "");
    assert!(String::from_utf8(missing.stderr).unwrap().contains("no tick 2"));
}

#[test]
fn travel_times_are_fitted_from_a_file_of_trips_and_the_error_is_told() {
    let mut csv = "pickup_unix,dropoff_unix,pickup_lat,pickup_lon,dropoff_lat,dropoff_lon\n".to_owned();
    for at in 0..600_u32 {
        let (lat, lng) = (37.70 + f64::from(at % 20) * 0.004, -122.45 + f64::from(at % 7) * 0.008);
        let took = 200 + 10 * (at % 20);
        let begun = 1_211_100_000 + at * 400;
        csv.push_str(&format!("{begun},{},37.7,-122.45,{lat:.3},{lng:.3}\n", begun + took));
    }
    let (trips, model) = (place("trips.csv"), place("model.json"));
    std::fs::write(&trips, &csv).unwrap();
    let (trips, model) = (trips.to_str().unwrap(), model.to_str().unwrap());
    let fit = ["fit", "travel-time", "--utc-offset-s", "-25200", "--held-out-days", "1", "--trees", "60"];
    let output = run(&[&fit[..], &["--trips", trips, "--out", model]].concat(), "");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["held_out"].as_u64().unwrap() > 50 && report["mae_s"].as_f64().unwrap() < 60.0, "{report}");
    assert!(fareway_matching::travel_time::TravelTimes::from_json(&std::fs::read(model).unwrap()).is_ok());
    std::fs::write(trips, csv.replace("pickup_lat", "lat")).unwrap();
    let output = run(&[&fit[..], &["--trips", trips, "--out", model]].concat(), "");
    assert!(String::from_utf8(output.stderr).unwrap().contains("no column `pickup_lat`"));
}
