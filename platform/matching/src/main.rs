//! `fareway-match`: the matching engine by hand, for benches and for anyone curious. Files and clocks are read here and
//! in `cli/`, never in the library.

mod cli;

use std::process::ExitCode;

use clap::Parser;

/// Which car for which passenger, by hand.
#[derive(Debug, Parser)]
#[command(name = "fareway-match", version)]
enum Task {
    /// Matches two files of places at minimum total cost
    Solve(cli::solve::Solve),
    /// Makes a map file of an OpenStreetMap extract
    Map(cli::map::Args),
    /// Road times: four numbers a line in, seconds and metres out
    Eta(cli::eta::Args),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Solve(asked) => cli::solve::run(&asked),
        Task::Map(args) => cli::map::run(&args),
        Task::Eta(args) => cli::eta::run(&args),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        sentence = format!("{sentence}: {cause}");
        source = cause.source();
    }
    eprintln!("fareway-match: {sentence}");
    ExitCode::FAILURE
}
