//! `fareway-match map build` and `eta` as somebody types them: what comes out, and the sentence where nothing can.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::{
    fs,
    io::Write as _,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

fn typed(words: &[&str], lines: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_fareway-match"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that has already said what is wrong with its arguments reads nothing.
    let _ = program.stdin.take().unwrap().write_all(lines.as_bytes());
    program.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder of this test's own, under the build's.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn without_a_map_every_line_is_answered_by_great_circle_and_says_so() {
    let output = typed(&["eta"], "49.4 8.7 49.4 8.8\n\n49.4,8.7,49.4,8.7\n");
    assert!(output.status.success());
    assert_eq!(text(&output.stdout), "1465.3 9769 crow\n0.0 0 crow\n");
}

#[test]
fn a_line_that_is_not_two_places_is_named_with_its_number_and_what_is_wrong() {
    for (line, sentence) in [
        ("49.4 8.7 49.4", "line 2: give four numbers"),
        ("49.4 8.7 49.4 x", "line 2: `x` is not a number"),
        ("49.4 8.7 NaN 8.7", "line 2: NaN, 8.7 is not a place"),
        ("108.7 49.4 49.4 8.7", "line 2: 108.7, 49.4 is not a place, but 49.4, 108.7 is: give the latitude first"),
    ] {
        let output = typed(&["eta"], &format!("49.4 8.7 49.4 8.8\n{line}\n"));
        assert!(!output.status.success());
        assert!(text(&output.stderr).contains(sentence), "{}", text(&output.stderr));
    }
}

#[test]
fn a_file_that_is_no_map_is_refused_with_a_sentence() {
    let file = folder("no_map").join("letter.osm.pbf");
    fs::write(&file, "Dear Sir or Madam").unwrap();
    let name = file.to_str().unwrap();
    for (words, sentence) in [
        (&["map", "build", name][..], "this is not a readable .osm.pbf file"),
        (&["eta", "--map", name], "this is not a readable map file"),
        (&["eta", "--map", "nowhere.roads"], "nowhere.roads cannot be read"),
    ] {
        let output = typed(words, "");
        assert!(!output.status.success());
        assert!(text(&output.stderr).contains(sentence), "{}", text(&output.stderr));
    }
}

#[test]
fn a_map_is_built_once_and_asked_often() {
    let shared = std::env::var_os("FAREWAY_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")), PathBuf::from);
    let extract = shared.join("data/heidelberg.osm.pbf");
    if !extract.exists() {
        println!("skipped: {} is not there", extract.display());
        return;
    }
    let map = folder("built").join("heidelberg.roads");
    let built = typed(&["map", "build", extract.to_str().unwrap(), "--out", map.to_str().unwrap()], "");
    assert!(built.status.success(), "{}", text(&built.stderr));
    assert!(text(&built.stdout).contains("OpenStreetMap contributors"));
    let asked = typed(&["eta", "--map", map.to_str().unwrap()], "49.4094 8.6947 49.4033 8.6757\n49.4 8.7 48.1 11.5\n");
    let answers = text(&asked.stdout);
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.first().unwrap().ends_with(" road") && lines.last().unwrap().ends_with(" crow"), "{answers}");
    assert!(text(&asked.stderr).contains("OpenStreetMap contributors"));
}
