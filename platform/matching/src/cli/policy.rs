//! `fareway-match policy`: one snapshot a line in, one line of pairs out, until the input ends. Called by `main.rs`; it
//! decides nothing itself.

use std::{
    fs::File,
    io::{BufRead as _, BufReader, Write},
    path::PathBuf,
};

use clap::Args;
use fareway_matching::policy::{Carried, Limits, Pair, Snapshot, decide};
use serde::Serialize;

use super::Failed;

/// What `policy` may be told.
#[derive(Debug, Args)]
pub(crate) struct Policy {
    /// Bounds and prices, a JSON object; what it leaves out is as by default
    #[arg(long)]
    limits: Option<PathBuf>,
    /// Where to keep every snapshot with what was carried into it, one JSON object a line: `explain` reads it
    #[arg(long)]
    record: Option<PathBuf>,
}

#[derive(Serialize)]
struct Answer {
    assign: Vec<Pair>,
}

/// Speaks the line protocol on standard input and output.
pub(crate) fn run(asked: &Policy) -> Result<(), Failed> {
    let limits: Limits = match &asked.limits {
        Some(path) => serde_json::from_reader(BufReader::new(File::open(path)?))?,
        None => Limits::default(),
    };
    let mut record = asked.record.as_ref().map(File::create).transpose()?.map(std::io::BufWriter::new);
    let mut carried = Carried::default();
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let snapshot: Snapshot = serde_json::from_str(&line?)?;
        let decision = decide(&snapshot, &limits, &carried)?;
        let before = std::mem::replace(&mut carried, decision.carried);
        if let Some(record) = &mut record {
            let kept = fareway_matching::explanation::Record { snapshot, limits: limits.clone(), carried: before };
            serde_json::to_writer(&mut *record, &kept)?;
            record.write_all(b"\n")?;
        }
        serde_json::to_writer(&mut out, &Answer { assign: decision.pairs })?;
        out.write_all(b"\n")?;
        out.flush()?;
    }
    if let Some(mut record) = record {
        record.flush()?;
    }
    Ok(())
}
