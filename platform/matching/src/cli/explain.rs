//! `fareway-match explain`: why each request of a recorded tick has its car, in words. Called by `main.rs`.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    path::PathBuf,
};

use clap::{Args, ValueEnum};
use fareway_matching::explanation::{Language, Record, explain};

use super::Failed;

/// What `explain` is asked.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// What `policy --record` wrote
    #[arg(long)]
    record: PathBuf,
    /// Which request; all of the tick's, if left out
    #[arg(long)]
    request: Option<u64>,
    /// Which tick, counted from 1
    #[arg(long, default_value_t = 1)]
    tick: usize,
    /// In which language
    #[arg(long, value_enum, default_value_t = Tongue::En)]
    language: Tongue,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tongue {
    En,
    Zh,
}

/// Prints a sentence a request.
pub(crate) fn run(asked: &Explain) -> Result<(), Failed> {
    let mut lines = BufReader::new(File::open(&asked.record)?).lines();
    let line = lines.nth(asked.tick.saturating_sub(1)).transpose()?;
    let line = line.ok_or_else(|| format!("the record has no tick {}", asked.tick))?;
    let record = Record::from_json(line.as_bytes())?;
    let language = match asked.language {
        Tongue::En => Language::En,
        Tongue::Zh => Language::Zh,
    };
    let all = record.snapshot.requests.iter().map(|request| request.id);
    let wanted: Vec<u64> = asked.request.map_or_else(|| all.collect(), |one| vec![one]);
    for request in wanted {
        println!("{}", explain(&record, request)?.words(language));
    }
    Ok(())
}
