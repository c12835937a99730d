//! `fareway-match`: the matching engine by hand, for benches and for anyone curious. Files and clocks are read here and
//! in `cli/`, never in the library.

mod cli;

use std::process::ExitCode;

use clap::Parser;

/// Which car for which passenger, by hand.
#[derive(Debug, Parser)]
#[command(version)]
enum Task {
    /// Makes a map file of an OpenStreetMap extract
    Map(cli::map::Args),
    /// Road times: four numbers a line in, seconds and metres out
    Eta(cli::eta::Args),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Map(args) => cli::map::run(&args),
        Task::Eta(args) => cli::eta::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fareway-match: {error}");
            ExitCode::FAILURE
        }
    }
}
