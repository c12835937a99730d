//! The commands of the project, called as `cargo xtask …`. Each is a module; this file only reads the arguments.

mod bench;
mod demo;
mod install;
mod place;
mod step;
mod tally;
mod test;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{place::Place, step::Failed};

/// The commands of the project.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// A ride on this machine: platform, Alipay sandbox, meter and driver's screen, until Ctrl-C
    Demo {
        /// One ride, paid end to end, unattended; leaves its timeline and pictures in target/demo
        #[arg(long)]
        once: bool,
    },
    /// Everything, as CI runs it
    Test,
    /// The benches, ours beside a peer; results in target/bench
    Bench {
        /// One of them; all if left out
        name: Option<String>,
    },
    /// Builds the web pages
    Web,
}

fn main() -> ExitCode {
    let place = Place::find();
    let done = match Arguments::parse().task {
        Task::Demo { once } => demo::run(&place, once),
        Task::Test => test::run(&place),
        Task::Bench { name } => bench::run(&place, name.as_deref()),
        Task::Web => install::web(&place).and_then(|()| web::build(&place)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed(sentence)) => {
            eprintln!("xtask: {sentence}");
            ExitCode::FAILURE
        }
    }
}
