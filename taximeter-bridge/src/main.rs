//! The `taximeter-bridge` program: reads its arguments and settings, then hands over to the library.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use fareway_shared::time::{Clock, SystemClock};
use fareway_taximeter_bridge::{
    bridge,
    config::{Config, ConfigError, Mode, Protocol},
    decode,
    simulator::{Command as MeterCommand, Settings, control, fault::Fault, timing::Timing},
};

/// One taximeter on one serial line, read and never guessed.
#[derive(Debug, Parser)]
#[command(name = "taximeter-bridge", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a meter and tell the in-car app
    Run(Run),
    /// Decode hex lines of one byte stream from standard input: one JSON object a frame
    Decode {
        /// What the meter speaks
        #[arg(long)]
        protocol: Protocol,
    },
    /// Be a meter at the other end of a pseudo-terminal; commands on standard input
    Simulate(Simulate),
    /// Print every setting with its explanation and default
    Settings,
}

/// Flags win over the file, the file over the defaults.
#[derive(Debug, Args)]
struct Run {
    /// The settings file
    #[arg(long)]
    config: Option<PathBuf>,
    /// The serial line (line.port)
    #[arg(long)]
    port: Option<String>,
    /// What the meter speaks (line.protocol)
    #[arg(long)]
    protocol: Option<Protocol>,
    /// Whether to answer the meter (line.mode)
    #[arg(long)]
    mode: Option<Mode>,
    /// Where the app connects (app.listen)
    #[arg(long)]
    listen: Option<std::net::SocketAddr>,
    /// Where trips are kept (spool.directory)
    #[arg(long)]
    spool: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Simulate {
    /// What the meter speaks
    #[arg(long)]
    protocol: Protocol,
    /// A path that always leads to the present line
    #[arg(long, alias = "symlink")]
    link: Option<PathBuf>,
    /// A terminal in the car acknowledges trips, as where the bridge only listens
    #[arg(long)]
    terminal: bool,
    /// The same seed makes the same shift
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Faults to inject
    #[arg(long, value_delimiter = ',')]
    faults: Vec<Fault>,
    /// How often each strikes a frame, percent
    #[arg(long, default_value_t = 10)]
    fault_percent: u32,
    /// A file in which trip numbers and unsent trips survive
    #[arg(long)]
    state: Option<PathBuf>,
    /// The number of a new meter's first trip
    #[arg(long, default_value_t = 1)]
    first_trip: u32,
    /// Live about fifty times as fast
    #[arg(long)]
    fast: bool,
    /// Drive a shift of so many rides at once
    #[arg(long, conflicts_with = "ride")]
    shift: Option<u32>,
    /// Drive one ride of this amount at once
    #[arg(long, requires = "seconds")]
    ride: Option<String>,
    /// How long that ride takes
    #[arg(long)]
    seconds: Option<u64>,
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into());
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
    match Arguments::parse().command {
        Command::Run(run) => finish(serve(run)),
        Command::Decode { protocol } => {
            finish(decode::run(protocol, std::io::stdin().lock(), std::io::stdout().lock()))
        }
        Command::Simulate(simulate) => finish(drive(simulate)),
        Command::Settings => finish(std::io::stdout().write_all(fareway_taximeter_bridge::config::DEFAULT.as_bytes())),
    }
}

fn serve(run: Run) -> Result<(), bridge::StartError> {
    let config = configure(run)?;
    let running = bridge::start(config)?;
    // A broken standard output is no reason not to read a meter.
    let _ = writeln!(std::io::stdout(), "{}", serde_json::json!({ "listening": running.address() }));
    running.wait();
    Ok(())
}

fn configure(run: Run) -> Result<Config, ConfigError> {
    let mut config = match &run.config {
        Some(path) => Config::load(path)?,
        None => Config::parse("")?,
    };
    let line = &mut config.line;
    line.port = run.port.unwrap_or_else(|| line.port.clone());
    line.protocol = run.protocol.unwrap_or(line.protocol);
    line.mode = run.mode.unwrap_or(line.mode);
    config.app.listen = run.listen.unwrap_or(config.app.listen);
    config.spool.directory = run.spool.unwrap_or(config.spool.directory);
    config.check()?;
    Ok(config)
}

fn drive(simulate: Simulate) -> Result<(), control::ControlError> {
    let mut settings = Settings::new(simulate.protocol, SystemClock.now());
    let unit_minor = settings.unit_minor();
    let ride = simulate.ride.zip(simulate.seconds).map(|(amount, seconds)| {
        control::steps(&amount, simulate.protocol, unit_minor)
            .map(|steps| MeterCommand::Ride { steps, seconds })
            .ok_or_else(|| std::io::Error::other(format!("--ride {amount} is not a whole number of the meter's steps")))
    });
    let first = ride.transpose()?.or(simulate.shift.map(|rides| MeterCommand::Shift { rides }));
    if simulate.fast {
        settings.timing = Timing::compressed();
    }
    settings.has_terminal = simulate.terminal;
    settings.seed = simulate.seed;
    settings.faults = simulate.faults;
    settings.fault_percent = simulate.fault_percent;
    settings.link = simulate.link;
    settings.state_file = simulate.state;
    settings.first_trip_no = simulate.first_trip;
    let first = [MeterCommand::SignIn].into_iter().chain(first);
    control::run(settings, first, std::io::stdin().lock(), std::io::stdout().lock())
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
