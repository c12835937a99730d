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
    /// Decides tick by tick: one snapshot a line in, one line of pairs out
    Policy(cli::policy::Policy),
    /// Says why each request of a recorded tick has its car
    Explain(cli::explain::Explain),
    /// Fits parameters from the fleet's own finished trips
    #[command(subcommand)]
    Fit(cli::fit::Fit),
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Solve(asked) => cli::solve::run(&asked),
        Task::Map(args) => cli::map::run(&args),
        Task::Eta(args) => cli::eta::run(&args),
        Task::Policy(asked) => cli::policy::run(&asked),
        Task::Explain(asked) => cli::explain::run(&asked),
        Task::Fit(asked) => cli::fit::run(&asked),
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
