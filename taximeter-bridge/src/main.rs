//! The `taximeter-bridge` program: reads its arguments and settings, then hands over to the library.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use fareway_taximeter_bridge::{config::Protocol, decode};

/// One taximeter on one serial line, read and never guessed.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Decode hex lines of one byte stream from standard input: one JSON object a frame
    Decode {
        /// What the meter speaks
        #[arg(long)]
        protocol: Protocol,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Decode { protocol } => finish(decode::run(protocol, std::io::stdin().lock(), std::io::stdout().lock())),
    }
}

/// Prints what went wrong and its causes, one a line.
fn finish<E: std::error::Error>(result: Result<(), E>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    eprintln!("taximeter-bridge: {error}");
    let mut cause = error.source();
    while let Some(why) = cause {
        eprintln!("  because {why}");
        cause = why.source();
    }
    ExitCode::FAILURE
}
