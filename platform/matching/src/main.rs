//! `fareway-match`: the matching engine by hand, for benches and for anyone curious. Files and clocks are read here and
//! in `cli/`, never in the library.

mod cli;

use std::process::ExitCode;

use clap::Parser;

/// Which car for which passenger, by hand.
#[derive(Debug, Parser)]
#[command(name = "fareway-match", version)]
enum Task {
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
        Task::Policy(asked) => cli::policy::run(&asked),
        Task::Explain(asked) => cli::explain::run(&asked),
        Task::Fit(asked) => cli::fit::run(&asked),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fareway-match: {error}");
            ExitCode::FAILURE
        }
    }
}
