//! `cargo xtask demo --once`: one street-hail ride, paid end to end by a real browser that plays the passenger's phone.
//! Succeeds only if the money was taken, the car verified the confirmation, and both screens showed it.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    house::{House, PATIENCE, Screen},
    part::Part,
    timeline::Timeline,
};
use crate::{
    place::Place,
    step::{Failed, failed, say},
};

const FARE: &str = "23.40";
const FARE_MINOR: u64 = 2340;
/// Plays the phone: opens the wallet, the code, the page; types the PIN.
const PHONE: &str = include_str!("../../demo/phone.mjs");

pub(crate) fn run(place: &Place) -> Result<(), Failed> {
    say("\n=== Ride");
    let mut timeline = Timeline::start();
    let mut house = House::start(place, Screen::Memory, |step, at| timeline.add(step, at))?;
    let driven = drive(place, &mut house, &mut timeline);
    timeline.write(&house.folder.join("timeline.json"))?;
    house.check()?;
    driven?;
    say(&format!("\nPaid, verified and shown. Timeline and pictures are in {}", house.folder.display()));
    Ok(())
}

fn drive(place: &Place, house: &mut House, timeline: &mut Timeline) -> Result<(), Failed> {
    house.meter.tell("hire")?;
    timeline.add("meter goes to hired", Instant::now());
    let (at, ()) = house.driver.until("that the car is hired", PATIENCE, |line| is_page(line, "hired"))?;
    timeline.add("driver's screen says hired", at);

    house.meter.tell(&format!("stop {FARE}"))?;
    timeline.add("meter stops at 23.40", Instant::now());
    let (at, link) = house.driver.until("the bill", PATIENCE, |line| {
        is_page(line, "bill")?;
        is_fare(line)?;
        line["scan"].as_str().map(str::to_owned)
    })?;
    timeline.add("driver's screen shows the bill of 23.40 and its code", at);

    let mut phone = scan(place, house, &link)?;
    for (word, step) in [
        ("scanned", "passenger scans the code with Alipay"),
        ("fare", "passenger's page shows 23.40, locked"),
        ("cashier", "order placed, the wallet asks for the PIN"),
        ("pin", "passenger confirms with the PIN"),
    ] {
        let (at, ()) = phone.until(word, PATIENCE, |line| told(line, word))?;
        timeline.add(step, at);
    }
    let (at, ()) = house.driver.until("PAID", PATIENCE, |line| {
        is_page(line, "paid")?;
        is_fare(line)?;
        (line["verdict"] == "paid").then_some(())
    })?;
    timeline.add("driver's screen says PAID, from an envelope that the car verified", at);
    let (at, ()) = phone.until("paid", PATIENCE, |line| told(line, "paid"))?;
    timeline.add("passenger's page says PAID", at);
    phone.until("picture", PATIENCE, |line| told(line, "picture"))?;
    take_pictures(house, timeline)
}

fn told(line: &Value, word: &str) -> Option<()> {
    (line["step"] == word).then_some(())
}

fn is_page(line: &Value, page: &str) -> Option<()> {
    (line["page"] == page).then_some(())
}

fn is_fare(line: &Value) -> Option<()> {
    (line.pointer("/amount/minor").and_then(Value::as_u64) == Some(FARE_MINOR)).then_some(())
}

/// Starts the browser; `link` is what the code on the driver's screen says.
fn scan(place: &Place, house: &House, link: &str) -> Result<Part, Failed> {
    let script = house.folder.join("phone.mjs");
    fs::write(&script, PHONE).map_err(|error| failed(format!("{} cannot be written: {error}", script.display())))?;
    let (script, picture) = (script.display().to_string(), house.folder.join("passenger.png").display().to_string());
    let (wallet, packages) = (house.wallet(link), place.web().join("package.json").display().to_string());
    let arguments = [script.as_str(), &wallet, &picture, &packages, FARE];
    Part::start("phone", Path::new("node"), &arguments, &house.folder)
}

/// The driver's screen, twice, one second apart: the scene must have moved.
fn take_pictures(house: &mut House, timeline: &mut Timeline) -> Result<(), Failed> {
    let mut pictures = Vec::new();
    for name in ["confirmation-1.png", "confirmation-2.png"] {
        if !pictures.is_empty() {
            thread::sleep(Duration::from_secs(1));
        }
        house.driver.tell(&format!("snapshot {name}"))?;
        let (at, answer) = house.driver.until("that the picture is taken", PATIENCE, |line| {
            let taken = line["snapshot"].is_string().then_some(Ok(()));
            taken.or_else(|| line["problem"].as_str().map(|problem| Err(failed(format!("no picture: {problem}")))))
        })?;
        answer?;
        timeline.add(&format!("picture {name} taken"), at);
        let file = house.folder.join(name);
        pictures.push(fs::read(&file).map_err(|error| failed(format!("{} is not there: {error}", file.display())))?);
    }
    match pictures.as_slice() {
        [first, second] if first != second => Ok(()),
        _ => Err(failed("the driver's screen stood still for a second: a live scene must move")),
    }
}
