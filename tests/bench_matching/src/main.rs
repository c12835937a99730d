//! The matching engine beside its peers, in one run. Leaves `target/bench/matching.json`. Started by
//! `cargo xtask bench matching`, all of it or the parts named.

mod assignment;
mod dispatch;
mod draw;
mod index;
mod python;
mod recordings;
mod roads;
mod row;
mod travel_time;

use std::{env, fs, path::PathBuf};

use row::{Failed, Row};

/// A part of the bench: its name, and what measures it.
type Part = (&'static str, fn() -> Result<Vec<Row>, Failed>);

const PARTS: &[Part] = &[
    ("index", index::rows),
    ("roads", roads::rows),
    ("travel-time", travel_time::rows),
    ("assignment", assignment::rows),
    ("dispatch", dispatch::rows),
];

fn main() -> Result<(), Failed> {
    if dispatch::spoke()? {
        return Ok(());
    }
    let wanted: Vec<String> = env::args().skip(1).collect();
    let mut rows = Vec::new();
    for (name, measure) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            rows.extend(measure()?);
        }
    }
    for Row { name, ours, peer, ratio, unit, note } in &rows {
        println!("{name:<32} {ours:>12.3} {peer:>12.3} {unit:<12} {ratio:>8.2} x  {note}");
    }
    fs::create_dir_all(built())?;
    fs::write(built().join("matching.json"), serde_json::to_vec_pretty(&rows)?)?;
    Ok(())
}

/// Where benches leave what they made.
fn built() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from).join("bench")
}
