//! The `fareway` program: `serve`, and the few commands that set a fleet up. Everything it does is in the library.

mod tariff_command;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use fareway::{
    app::{App, open_house_for_command},
    config::{Config, DEFAULT},
    console::ports::ConsoleDesk,
    identity::service::{IdentityService, IdentitySettings},
    platform_key, telemetry,
};
use fareway_shared::{
    id::{FleetId, VehicleId},
    time::{Clock, SystemClock},
};

/// The taxi fleet platform.
#[derive(Parser)]
#[command(version, about = "Fareway, the taxi fleet platform")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the platform until it is stopped (Ctrl-C or SIGTERM).
    Serve {
        /// The settings file.
        #[arg(long)]
        config: PathBuf,
    },
    /// Prints every settings key with its explanation and default.
    Settings,
    /// The platform's own key.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Vehicles and their devices.
    #[command(subcommand)]
    Vehicle(VehicleCommand),
    /// People who sign in at the console.
    #[command(subcommand)]
    Dispatcher(DispatcherCommand),
    /// Rates: check, try out and publish them.
    #[command(subcommand)]
    Tariff(tariff_command::TariffCommand),
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Makes a new key. At the next start of `serve` every car is told of it, signed by the key before; a car that was away
    /// hears of it when it comes back. Enrolment codes that were not used yet no longer work then.
    Succeed {
        /// The settings file.
        #[arg(long)]
        config: PathBuf,
    },
}

#[derive(Subcommand)]
enum DispatcherCommand {
    /// Makes a dispatcher of a fleet; the password is the first line of standard input.
    Add {
        /// The settings file.
        #[arg(long)]
        config: PathBuf,
        /// The fleet's id.
        #[arg(long, value_parser = FleetId::parse)]
        fleet: FleetId,
        /// The name to sign in with.
        #[arg(long)]
        name: String,
        /// Says that the password comes on standard input, so that it is never an argument others can see.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Subcommand)]
enum VehicleCommand {
    /// Registers a vehicle and prints it as JSON.
    Add {
        /// The settings file.
        #[arg(long)]
        config: PathBuf,
        /// The fleet's id.
        #[arg(long, value_parser = FleetId::parse)]
        fleet: FleetId,
        /// The plate as passengers read it.
        #[arg(long)]
        plate: String,
        /// The driver's name.
        #[arg(long)]
        driver: Option<String>,
    },
    /// Prints a one-time enrolment code for a vehicle, good for 30 minutes.
    Enrol {
        /// The settings file.
        #[arg(long)]
        config: PathBuf,
        /// The fleet's id.
        #[arg(long, value_parser = FleetId::parse)]
        fleet: FleetId,
        /// The vehicle's id.
        #[arg(long, value_parser = VehicleId::parse)]
        vehicle: VehicleId,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::from(2)
        }
    }
}

/// The error and its causes, one sentence each.
fn complain(error: &dyn std::error::Error) {
    eprintln!("fareway: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        eprintln!("  because: {error}");
        cause = error.source();
    }
}

async fn run(command: Command) -> Result<(), Box<dyn std::error::Error>> {
    match command {
        Command::Serve { config } => serve(&Config::load(&config)?).await,
        Command::Settings => {
            print!("{DEFAULT}");
            Ok(())
        }
        Command::Key(KeyCommand::Succeed { config }) => {
            let fingerprint = platform_key::succeed(&Config::load(&config)?)?;
            println!("{}", serde_json::json!({ "fingerprint": fingerprint, "next": "restart fareway serve" }));
            Ok(())
        }
        Command::Vehicle(command) => vehicle(command).await,
        Command::Tariff(command) => tariff_command::run(command).await,
        Command::Dispatcher(DispatcherCommand::Add { config, fleet, name, password_stdin: _ }) => {
            let mut password = String::new();
            std::io::stdin().read_line(&mut password)?;
            let (_, store) = offline_house(&config).await?;
            let identity = IdentityService::new(Arc::new(store.clone()), IdentitySettings::default());
            let id = identity.create_dispatcher(fleet, &name, password.trim_end().to_owned()).await?;
            println!("{}", serde_json::json!({ "dispatcher": id, "name": name }));
            store.close().await;
            Ok(())
        }
    }
}

async fn serve(config: &Config) -> Result<(), Box<dyn std::error::Error>> {
    telemetry::start();
    let app = App::build(config, Arc::new(SystemClock)).await?;
    let (http, cars) = (app.http, app.cars);
    let running = app.start()?;
    println!("{}", serde_json::json!({ "http": http, "cars": cars, "public_url": config.server.public_url }));
    tracing::info!(%http, %cars, "Fareway serves pages, console and notices, and cars");
    until_stopped().await?;
    tracing::info!("stopping");
    running.stop().await;
    Ok(())
}

async fn until_stopped() -> Result<(), std::io::Error> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminate.recv() => Ok(()),
    }
}

async fn vehicle(command: VehicleCommand) -> Result<(), Box<dyn std::error::Error>> {
    let now = SystemClock.now();
    match command {
        VehicleCommand::Add { config, fleet, plate, driver } => {
            let (house, store) = offline_house(&config).await?;
            let vehicle = house.register_vehicle(fleet, &plate, driver.as_deref(), now).await?;
            println!("{}", serde_json::json!({ "vehicle": vehicle, "plate": plate }));
            store.close().await;
        }
        VehicleCommand::Enrol { config, fleet, vehicle } => {
            let (house, store) = offline_house(&config).await?;
            println!("{}", house.enrolment_code(fleet, vehicle, now).await?);
            store.close().await;
        }
    }
    Ok(())
}

/// The use cases without listeners; a running platform beside it sees the same database.
async fn offline_house(
    config: &std::path::Path,
) -> Result<(Arc<fareway::workflow::House>, fareway::store::Store), Box<dyn std::error::Error>> {
    Ok(open_house_for_command(&Config::load(config)?).await?)
}
