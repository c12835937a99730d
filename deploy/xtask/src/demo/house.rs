//! All programs of the demo, started in the order in which they need each other: sandbox, platform, meter, bridge, the
//! driver's screen. Dropped, all of them end.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    part::Part,
    settings::{self, FLEETS, Ports},
};
use crate::{
    place::Place,
    step::{Failed, command, failed},
};

/// Longest wait for one thing to happen; a loaded machine is slow, a broken one is not waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const PLATE: &str = "苏E·8T326";
const DRIVER: &str = "王师傅";
pub(crate) const DISPATCHER: &str = "demo";
/// Printed for the person who tries the console; good for nothing but this folder's database.
pub(crate) const PASSWORD: &str = "demo-bluebird-2026";

/// How the driver's screen is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// In a window of this desktop.
    Window,
    /// Drawn in memory and put into words.
    Memory,
}

/// The running demo. Fields are dropped in this order: what asks before what answers.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) driver: Part,
    pub(crate) bridge: Part,
    pub(crate) meter: Part,
    pub(crate) platform: Part,
    pub(crate) sandbox: Part,
    pub(crate) folder: PathBuf,
    pub(crate) ports: Ports,
    pub(crate) vehicle: String,
}

impl House {
    /// Starts everything in a fresh folder; `told` hears of each part that is ready.
    pub(crate) fn start(place: &Place, screen: Screen, mut told: impl FnMut(&str, Instant)) -> Result<Self, Failed> {
        let folder = settings::fresh_folder(place)?;
        let ports = Ports::choose()?;
        settings::write(place, &folder, ports)?;

        let program = place.program("alipay-sandbox");
        let mut sandbox = Part::start("alipay-sandbox", &program, &["--config", "alipay-sandbox.toml"], &folder)?;
        let (at, ()) = sandbox.until("that it listens", PATIENCE, |line| line["gateway"].as_str().map(drop))?;
        told("Alipay sandbox listens", at);

        let mut platform =
            Part::start("fareway", &place.program("fareway"), &["serve", "--config", "fareway.toml"], &folder)?;
        let (at, ()) = platform.until("that it listens", PATIENCE, |line| line["http"].as_str().map(drop))?;
        told("platform listens", at);
        let (vehicle, code) = register(place, &folder)?;

        let line = folder.join("meter.line").display().to_string();
        let simulate = ["simulate", "--protocol", "jtt905", "--link", &line, "--state", "meter.state"];
        let mut meter = Part::start("meter", &place.program("taximeter-bridge"), &simulate, &folder)?;
        meter.until("its line", PATIENCE, |line| line["line"].as_str().map(drop))?;
        let listen = format!("127.0.0.1:{}", ports.bridge);
        let read =
            ["run", "--protocol", "jtt905", "--mode", "host", "--port", &line, "--listen", &listen, "--spool", "spool"];
        let mut bridge = Part::start("taximeter-bridge", &place.program("taximeter-bridge"), &read, &folder)?;
        let (at, ()) = bridge.until("that it listens", PATIENCE, |line| line["listening"].as_str().map(drop))?;
        told("meter and bridge run", at);

        let mut show = vec!["--config", "driver-app.toml", "--enrol", &code];
        if screen == Screen::Memory {
            show.push("--headless");
        }
        let mut driver = Part::start("driver-app", &place.program("driver-app"), &show, &folder)?;
        if screen == Screen::Memory {
            let ready = |line: &Value| (line["page"] == "vacant" && line["link"] == "up").then_some(());
            let (at, ()) = driver.until("that the car is enrolled and vacant", PATIENCE, ready)?;
            told("car enrolled, its link is up, its screen says vacant", at);
        }
        Ok(Self { driver, bridge, meter, platform, sandbox, folder, ports, vehicle })
    }

    /// Where a browser plays the phone of a passenger who has just scanned `link`.
    pub(crate) fn wallet(&self, link: &str) -> String {
        let link =
            link.replace('%', "%25").replace(':', "%3A").replace('/', "%2F").replace('?', "%3F").replace('&', "%26");
        format!("http://127.0.0.1:{}/wallet?open={link}", self.ports.alipay)
    }

    /// Fails as soon as one part has ended.
    pub(crate) fn check(&mut self) -> Result<(), Failed> {
        [&mut self.driver, &mut self.bridge, &mut self.meter, &mut self.platform, &mut self.sandbox]
            .into_iter()
            .try_for_each(Part::check)
    }
}

/// A vehicle, its enrolment code, and somebody for the console.
fn register(place: &Place, folder: &Path) -> Result<(String, String), Failed> {
    let [fleet, _] = FLEETS;
    let fareway = |arguments: &[&str], input: &str| answer(place, folder, arguments, input);
    let common = ["--config", "fareway.toml", "--fleet", fleet];
    let added = fareway(&[&["vehicle", "add"][..], &common, &["--plate", PLATE, "--driver", DRIVER]].concat(), "")?;
    let line: Option<Value> = serde_json::from_str(&added).ok();
    let vehicle = line.as_ref().and_then(|line| line.get("vehicle")?.as_str()).map(str::to_owned);
    let vehicle = vehicle.ok_or_else(|| failed(format!("`fareway vehicle add` printed no vehicle: {added}")))?;
    let code = fareway(&[&["vehicle", "enrol"][..], &common, &["--vehicle", &vehicle]].concat(), "")?;
    fareway(&[&["dispatcher", "add"][..], &common, &["--name", DISPATCHER, "--password-stdin"]].concat(), PASSWORD)?;
    Ok((vehicle, code))
}

/// Runs one `fareway` command to its end and hands out what it printed.
fn answer(place: &Place, folder: &Path, arguments: &[&str], input: &str) -> Result<String, Failed> {
    let what = arguments.get(..2).unwrap_or_default().join(" ");
    let cannot = |error: std::io::Error| failed(format!("`fareway {what}` cannot be run: {error}"));
    let mut fareway = command(folder, place.program("fareway"));
    fareway.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = fareway.spawn().map_err(cannot)?;
    if let Some(mut stdin) = process.stdin.take() {
        // A command that reads nothing may be gone already.
        let _ = writeln!(stdin, "{input}");
    }
    let output = process.wait_with_output().map_err(cannot)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(failed(format!("`fareway {what}` failed: {}", text(&output.stderr)))),
    }
}
