//! `driver-app`: reads the settings, starts the car on a runtime of its own, and shows its screen in a window or in memory.

use std::{error::Error, path::PathBuf, process::ExitCode, sync::Arc, time::Instant};

use clap::Parser;
use fareway_driver_app::{
    app::{App, Handle, Input},
    config::{Config, Language},
    disk::Disk,
    gnss,
    state::Action,
    ui::{Skin, gallery, headless, measure, windowed},
};
use fareway_shared::time::SystemClock;
use tracing_subscriber::EnvFilter;

/// The in-car screen. It shows PAID only from a confirmation that it has verified itself.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    /// Settings; only keys that differ from the default are needed.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Enrol with this one-time code, unless the unit is enrolled already.
    #[arg(long, value_name = "CODE")]
    enrol: Option<String>,
    /// No window: print a JSON line for each change of the screen, obey lines from standard input (snapshot PATH, key 23.40,
    /// end paid_otherwise, end left_unpaid, enrol CODE, discard, bills, back, dismiss, accept,
    /// decline, depart, arrive, board 4071, no_show, give_up, duty on|rest|last_job|off, quit).
    #[arg(long)]
    headless: bool,
    /// Where `snapshot` puts its pictures.
    #[arg(long, value_name = "DIR", default_value = ".")]
    snapshot_dir: PathBuf,
    /// `zh` or `en`, instead of the setting.
    #[arg(long, value_name = "LANG", value_parser = language)]
    lang: Option<Language>,
    /// Width and height in pixels.
    #[arg(long, value_name = "WxH", default_value = "800x480", value_parser = size)]
    size: (u32, u32),
    /// Print the default settings, with every key explained, and end.
    #[arg(long)]
    print_config: bool,
    /// Show the live scene in a window for so many seconds, print what it cost as JSON, and end.
    #[arg(long, value_name = "SECONDS")]
    bench_scene: Option<u64>,
    /// Show a page that stands still for so many seconds, print what it cost as JSON, and end.
    #[arg(long, value_name = "SECONDS")]
    bench_idle: Option<u64>,
}

fn main() -> ExitCode {
    let began = Instant::now();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Options::parse(), began) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut sentence = error.to_string();
            let mut cause = error.source();
            while let Some(why) = cause {
                sentence = format!("{sentence}: {why}");
                cause = why.source();
            }
            eprintln!("driver-app: {sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options, began: Instant) -> Result<(), Box<dyn Error>> {
    if options.print_config {
        print!("{}", fareway_driver_app::config::DEFAULT);
        return Ok(());
    }
    let mut config = Config::load(options.config.as_deref())?;
    config.language = options.lang.unwrap_or(config.language);
    let skin = Skin::of(&config);
    let bench = options.bench_scene.map(|seconds| (seconds, gallery::paid()));
    if let Some((seconds, screen)) = bench.or(options.bench_idle.map(|seconds| (seconds, gallery::vacant()))) {
        let measured = measure::run(skin, options.size, screen, seconds, began)?;
        println!("{}", serde_json::to_string(&measured)?);
        return Ok(());
    }
    let disk = Disk::open(&config.data_dir)?;
    let (app, sockets, handle) = App::build(disk, config.link()?, config.bridge.clone(), Arc::new(SystemClock))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.spawn(gnss::run(config.gnss.source(), handle.inputs.clone()));
    runtime.spawn(async move {
        sockets.start();
        app.run().await;
    });
    if let Some(code) = options.enrol {
        handle.inputs.blocking_send(Input::new(Action::Enrol(code)))?;
    }
    let shown = show(options.headless, skin, options.size, &options.snapshot_dir, handle, &runtime);
    // Standard input may still be waited for; nothing of the car is lost by not waiting with it.
    runtime.shutdown_background();
    Ok(shown?)
}

fn show(
    headless: bool,
    skin: Skin,
    size: (u32, u32),
    snapshots: &std::path::Path,
    handle: Handle,
    runtime: &tokio::runtime::Runtime,
) -> Result<(), fareway_driver_app::ui::UiError> {
    if headless {
        runtime.block_on(headless::run(skin, size, snapshots, handle))
    } else {
        windowed::run(skin, size, handle)
    }
}

fn language(text: &str) -> Result<Language, String> {
    match text {
        "zh" => Ok(Language::Zh),
        "en" => Ok(Language::En),
        _ => Err("use zh or en".into()),
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match sides {
        Some((width @ 160..=7680, height @ 96..=4320)) => Ok((width, height)),
        _ => Err("use WxH in pixels, such as 800x480".into()),
    }
}
