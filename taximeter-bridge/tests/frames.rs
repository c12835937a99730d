//! Every labelled frame of the shared frames file, through the same door as `taximeter-bridge decode`. Where the file is
//! not at hand the test says so.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;

use fareway_taximeter_bridge::{config::Protocol, decode};
use serde_json::Value;

fn decode_lines(protocol: Protocol, lines: &[&str]) -> Vec<Value> {
    let mut output = Vec::new();
    decode::run(protocol, lines.join("\n").as_bytes(), &mut output).unwrap();
    String::from_utf8(output).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn commands(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter(|line| line.get("skipped").is_none()).map(|line| line["cmd"].as_str().unwrap()).collect()
}

fn check(entry: &Value, protocol: Protocol) {
    let id = entry["id"].as_str().unwrap();
    let hex = entry["hex"].as_str().unwrap();
    let chunks: Vec<&str> = match entry.get("chunks").and_then(Value::as_array) {
        Some(chunks) => chunks.iter().map(|chunk| chunk.as_str().unwrap()).collect(),
        None => vec![hex],
    };
    let lines = decode_lines(protocol, &chunks);
    let skips: Vec<&Value> = lines.iter().filter(|line| line.get("skipped").is_some()).collect();
    if !entry["valid"].as_bool().unwrap() {
        assert!(commands(&lines).is_empty(), "{id}: a bad frame was read as {lines:?}");
        let reason = entry["expect"]["reason"].as_str().unwrap_or("length");
        let why = skips.first().and_then(|skip| skip["why"].as_str()).unwrap_or_default();
        assert!(reason.split('/').any(|word| word == why), "{id}: {why} instead of {reason}");
        let skipped: u64 = skips.iter().map(|skip| skip["skipped"].as_u64().unwrap()).sum();
        assert_eq!(usize::try_from(skipped).unwrap(), hex.len() / 2, "{id}: bytes are missing from the reports");
    } else if let Some(frames) = entry["expect"].get("frames") {
        let expected: Vec<&str> = frames.as_array().unwrap().iter().map(|frame| frame.as_str().unwrap()).collect();
        assert_eq!(commands(&lines), expected, "{id}");
        let resyncs = entry["expect"]["min_resync"].as_u64().unwrap();
        assert!(u64::try_from(skips.len()).unwrap() >= resyncs, "{id}: {lines:?}");
    } else {
        assert_eq!(lines.len(), 1, "{id}: {lines:?}");
        for (field, expected) in entry["expect"].as_object().unwrap() {
            assert_eq!(lines[0].get(field), Some(expected), "{id}: {field} in {}", lines[0]);
        }
        let direction = lines[0].get("direction").unwrap_or(&entry["direction"]);
        assert_eq!(direction, &entry["direction"], "{id}");
    }
}

#[test]
fn every_labelled_frame_decodes_as_labelled() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/taximeter-frames.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        println!("skipped: {} is not there", file.display());
        return;
    };
    let entries: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut checked = 0;
    for entry in &entries {
        match entry["protocol"].as_str() {
            Some("jtt905_peri") => check(entry, Protocol::Jtt905),
            Some("gwp5043") => check(entry, Protocol::Gwp5043),
            _ => continue,
        }
        checked += 1;
    }
    assert!(checked >= 40, "only {checked} frames of the two protocols were found");
    println!("{checked} labelled frames checked");
}

#[test]
fn a_line_that_is_not_hex_is_named_and_what_came_before_is_not_lost() {
    let mut output = Vec::new();
    let input = "55AA0005020000E7907055AA\n55 AA zz\n";
    let error = decode::run(Protocol::Jtt905, input.as_bytes(), &mut output).unwrap_err();
    assert!(error.to_string().starts_with("line 2 is not hex"), "{error}");
    assert!(String::from_utf8(output).unwrap().contains("\"00E7\""));
}

#[test]
fn an_empty_stream_decodes_to_nothing() {
    assert!(decode_lines(Protocol::Jtt905, &[]).is_empty());
    assert!(decode_lines(Protocol::Gwp5043, &["", "  ", ""]).is_empty());
}
