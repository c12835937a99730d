//! `fareway-match map build CITY.osm.pbf`: makes a map file. Called by `main`.

use std::{
    fs,
    io::{self, Write as _},
    path::PathBuf,
    time::Instant,
};

use clap::{Parser, Subcommand};
use fareway_matching::roads::Roads;

use super::{Failed, read};

/// What to do with a map.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Makes a map file of an .osm.pbf extract
    Build {
        /// The extract
        extract: PathBuf,
        /// The map file; beside the extract, ending in .roads, if not given
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

pub(crate) fn run(args: &Args) -> Result<(), Failed> {
    let Task::Build { extract, out } = &args.task;
    let bytes = read(extract)?;
    let started = Instant::now();
    let (roads, made) = Roads::build(&bytes).map_err(|error| format!("{}: {error}", extract.display()))?;
    let build_ms = started.elapsed().as_millis();
    let out = out.clone().unwrap_or_else(|| extract.with_extension("").with_extension("roads"));
    let file = roads.save();
    fs::write(&out, &file).map_err(|error| format!("{} cannot be written: {error}", out.display()))?;
    let mut terminal = io::stdout().lock();
    writeln!(
        terminal,
        "{}: {} ways, {} junctions, {} segments ({} dropped as not connected), {} turn restrictions ({} left out); \
         {build_ms} ms, {} bytes",
        out.display(),
        made.ways,
        made.junctions,
        made.segments,
        made.segments_dropped,
        made.turns,
        made.turns_left_out,
        file.len(),
    )?;
    writeln!(terminal, "{}", fareway_matching::roads::CREDIT)?;
    Ok(())
}
