//! `fareway tariff`: prints an example, checks a file, quotes a journey by it, publishes it. Called by `main`; only `publish`
//! needs a database.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::{Args, Subcommand};
use fareway::{
    app::open_house_for_command,
    config::{Config, ConfigError},
    tariff::{
        error::TariffError,
        model::{IfRepeated, Journey, Tariff, WantedExtra, local_text, local_time, quote},
        service::{Backdating, Publication, Published, TariffService},
    },
};
use fareway_shared::{
    id::FleetId,
    place::LatLng,
    time::{Clock, SystemClock},
};

/// The manual of every key.
const EXAMPLE: &str = include_str!("../config/tariffs/suzhou.toml");

type Failure = Box<dyn std::error::Error>;

#[derive(Subcommand)]
pub(crate) enum TariffCommand {
    /// Prints an example that explains every key, to be copied and filled with a city's own rates.
    Example,
    /// Reads a tariff and says what it is, or what is wrong with it.
    Check {
        /// The tariff; `fareway tariff example` prints one that explains every key.
        file: PathBuf,
    },
    /// Quotes a journey by a tariff file and prints every line.
    Quote(QuoteArguments),
    /// Publishes a tariff as the fleet's next version. It is never changed afterwards.
    Publish {
        /// The settings file.
        #[arg(long)]
        config: PathBuf,
        /// The fleet's id.
        #[arg(long, value_parser = FleetId::parse)]
        fleet: FleetId,
        /// Says that it may begin before now, or before a version that is published already.
        #[arg(long)]
        backdate: bool,
        /// The tariff.
        file: PathBuf,
    },
}

#[derive(Args)]
pub(crate) struct QuoteArguments {
    /// The tariff.
    file: PathBuf,
    /// The local time of the pick-up, such as 2027-03-28T14:30.
    #[arg(long)]
    at: String,
    /// Of a time that the clocks repeat: the one before they go back.
    #[arg(long, conflicts_with = "later")]
    earlier: bool,
    /// Of a time that the clocks repeat: the one after they go back.
    #[arg(long)]
    later: bool,
    /// Metres by road.
    #[arg(long)]
    road_m: u32,
    /// Seconds by road.
    #[arg(long)]
    road_s: u32,
    /// Seconds of these in which the car stands or crawls.
    #[arg(long, default_value_t = 0)]
    waiting_s: u32,
    /// The vehicle class; the tariff's first one if left out.
    #[arg(long)]
    class: Option<String>,
    /// Latitude and longitude of the pick-up.
    #[arg(long, value_name = "LAT,LNG", value_parser = place, allow_hyphen_values = true)]
    pickup: LatLng,
    /// Latitude and longitude of the drop-off.
    #[arg(long, value_name = "LAT,LNG", value_parser = place, allow_hyphen_values = true)]
    dropoff: Option<LatLng>,
    /// A toll that is passed; once for each passage.
    #[arg(long = "toll", value_name = "NAME")]
    tolls: Vec<String>,
    /// Something besides the ride; once for each.
    #[arg(long = "extra", value_name = "NAME")]
    extras: Vec<String>,
}

fn place(text: &str) -> Result<LatLng, String> {
    let (lat, lng) = text.split_once(',').ok_or("write it as 31.30,120.60")?;
    let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| format!("`{text}` is no number of degrees"));
    LatLng::new(degrees(lat)?, degrees(lng)?).map_err(|error| error.to_string())
}

fn read(path: &Path) -> Result<String, TariffError> {
    std::fs::read_to_string(path).map_err(|source| TariffError::Unread { path: path.to_owned(), source })
}

pub(crate) async fn run(command: TariffCommand) -> Result<(), Failure> {
    match command {
        TariffCommand::Example => {
            print!("{EXAMPLE}");
            Ok(())
        }
        TariffCommand::Check { file } => {
            println!("{}", summary(&Tariff::parse(&read(&file)?)?));
            Ok(())
        }
        TariffCommand::Quote(arguments) => try_out(arguments),
        TariffCommand::Publish { config, fleet, backdate, file } => {
            let backdating = if backdate { Backdating::Stated } else { Backdating::Refused };
            publish(&Config::load(&config)?, fleet, backdating, &read(&file)?).await
        }
    }
}

fn summary(tariff: &Tariff) -> serde_json::Value {
    serde_json::json!({
        "tariff": tariff.id(),
        "name": tariff.name(),
        "currency": tariff.currency(),
        "time_zone": tariff.time_zone_name(),
        "from": local_text(tariff.effective_at(), tariff.time_zone()),
        "classes": tariff.classes(),
    })
}

fn try_out(arguments: QuoteArguments) -> Result<(), Failure> {
    let tariff = Tariff::parse(&read(&arguments.file)?)?;
    let repeated = match (arguments.earlier, arguments.later) {
        (true, _) => IfRepeated::Earlier,
        (_, true) => IfRepeated::Later,
        _ => IfRepeated::Ask,
    };
    let journey = Journey {
        pickup: arguments.pickup,
        dropoff: arguments.dropoff,
        pickup_at: local_time(&arguments.at, tariff.time_zone(), repeated)?,
        road_m: arguments.road_m,
        road_s: arguments.road_s,
        waiting_s: arguments.waiting_s,
        class: arguments.class.or_else(|| tariff.classes().first().cloned()).unwrap_or_default(),
        tolls: arguments.tolls,
        extras: arguments.extras.into_iter().map(|name| WantedExtra { name, count: 1 }).collect(),
    };
    println!("{}", serde_json::to_string_pretty(&quote(&tariff, &journey)?)?);
    Ok(())
}

async fn publish(config: &Config, fleet: FleetId, backdating: Backdating, text: &str) -> Result<(), Failure> {
    let known = config.fleet.iter().find(|known| known.id == fleet);
    let known = known.ok_or_else(|| ConfigError::key("fleet", format!("there is no fleet with the id {fleet}")))?;
    let publication = Publication { fleet, currency: known.currency, time_zone: &known.zone, text, backdating };
    let (_, store) = open_house_for_command(config).await?;
    let done = TariffService::new(Arc::new(store.clone())).publish(publication, SystemClock.now()).await;
    store.close().await;
    let (version, new) = match done? {
        Published::Made(version) => (version, true),
        Published::AlreadyMade(version) => (version, false),
    };
    let mut answer = summary(&version.tariff);
    if let Some(answer) = answer.as_object_mut() {
        answer.insert("number".to_owned(), version.number.into());
        answer.insert("new".to_owned(), new.into());
    }
    println!("{answer}");
    Ok(())
}
