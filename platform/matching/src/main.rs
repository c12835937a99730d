//! `fareway-match`: the matching engine by hand, for benches and for anyone curious. Files and clocks are read here and
//! in `cli/`, never in the library.

mod cli;

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};

/// The matching engine by hand.
#[derive(Debug, Parser)]
#[command(name = "fareway-match", version)]
struct Asked {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Matches two files of places at minimum total cost.
    Solve(cli::solve::Solve),
}

fn main() -> ExitCode {
    let done: Result<(), Box<dyn Error>> = match Asked::parse().command {
        Command::Solve(asked) => cli::solve::run(&asked).map_err(Into::into),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        sentence.push_str(": ");
        sentence.push_str(&cause.to_string());
        source = cause.source();
    }
    eprintln!("fareway-match: {sentence}");
    ExitCode::FAILURE
}
