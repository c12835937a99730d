//! `fareway-match eta --map FILE`: latitude and longitude of a start and of an end on each line in; seconds and metres by
//! the quickest road on each line out, and which of road and great-circle they are by. Called by `main`.

use std::{
    io::{self, BufRead as _, BufWriter, Write as _},
    path::PathBuf,
};

use clap::Parser;
use fareway_matching::roads::{By, CREDIT, Crow, Eta, Roads};
use fareway_shared::place::LatLng;

use super::{Failed, read};

/// Where the roads are.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// A map file; without one, and off its roads, the great circle is taken
    #[arg(long)]
    map: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<(), Failed> {
    let roads = match &args.map {
        Some(path) => Some(Roads::open(&read(path)?).map_err(|error| format!("{}: {error}", path.display()))?),
        None => None,
    };
    if roads.is_some() {
        writeln!(io::stderr(), "{CREDIT}")?;
    }
    let eta = Eta::new(roads, Crow::default());
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in (1..).zip(io::stdin().lock().lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let [from, to] = ends(&line).map_err(|error| format!("line {number}: {error}"))?;
        let answer = eta.between(from, to);
        let by = match answer.by {
            By::Road => "road",
            By::Crow => "crow",
        };
        writeln!(out, "{:.1} {:.0} {by}", f64::from(answer.ms) / 1000.0, answer.m)?;
    }
    out.flush()?;
    Ok(())
}

fn ends(line: &str) -> Result<[LatLng; 2], String> {
    let numbers = line
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|part| !part.is_empty())
        .map(|part| part.parse::<f64>().map_err(|_| format!("`{part}` is not a number")))
        .collect::<Result<Vec<_>, _>>()?;
    let &[lat, lng, to_lat, to_lng] = numbers.as_slice() else {
        return Err("give four numbers: latitude and longitude of the start, latitude and longitude of the end".into());
    };
    let place = |lat, lng| LatLng::new(lat, lng).map_err(|error| error.to_string());
    Ok([place(lat, lng)?, place(to_lat, to_lng)?])
}
