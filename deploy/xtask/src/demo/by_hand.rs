//! `cargo xtask demo`: prints what to click and lets a person drive the meter until Ctrl-C.

use std::{
    env, io,
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::Duration,
};

use serde_json::Value;

use super::house::{DISPATCHER, House, PASSWORD, PLATE, Screen};
use crate::{
    place::Place,
    step::{Failed, say},
};

/// How often the parts are looked at.
const LOOK: Duration = Duration::from_millis(500);

pub(crate) fn run(place: &Place) -> Result<(), Failed> {
    let screen = if env::var_os("DISPLAY").is_some() { Screen::Window } else { Screen::Memory };
    let mut house = House::start(place, screen, |step, _| say(&format!("  {step}")))?;
    welcome(&house, screen);
    for word in ["hire", "stop 23.40"] {
        house.meter.tell(word)?;
    }
    let words = typed();
    let mut shown = String::new();
    loop {
        house.check()?;
        for line in house.driver.news() {
            let report = report(&house, &line);
            // The screen changes in ways that these words do not tell.
            if report != shown {
                say(&report);
                shown = report;
            }
        }
        match words.recv_timeout(LOOK) {
            Ok(word) => house.meter.tell(&word)?,
            Err(RecvTimeoutError::Timeout) => {}
            // No keyboard: the demo goes on without one.
            Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
        }
    }
}

fn welcome(house: &House, screen: Screen) {
    let http = house.ports.http;
    let car = format!("http://127.0.0.1:{http}/p/v/{}", house.vehicle);
    say(&format!("\nFareway runs. Car {PLATE} has just ended a ride of 23.40.\n"));
    match screen {
        Screen::Window => say("  Driver's screen    in its window"),
        Screen::Memory => say("  Driver's screen    no display here; its words and its bills' links follow below"),
    }
    say(&format!("  Passenger's phone  {}", house.wallet(&car)));
    say("                     (a browser that plays Alipay; the page asks for the 3 digits on the driver's screen;");
    say("                     the PIN is 123456)");
    say(&format!("  Console            http://127.0.0.1:{http}/console   name {DISPATCHER}, password {PASSWORD}"));
    say(&format!("  Without Alipay     {car}"));
    say(&format!("  Files              {}\n", house.folder.display()));
    say("Type `hire`, then `stop 31.50` to drive the meter. Ctrl-C ends everything.\n");
}

/// The driver's screen in words, where it has no window.
fn report(house: &House, line: &Value) -> String {
    let word = |key: &str| line.get(key).and_then(Value::as_str);
    let Some(page) = word("page") else { return String::new() };
    let amount = line.pointer("/amount/minor").and_then(Value::as_i64);
    let amount = amount.map_or_else(String::new, |minor| format!(" {}.{:02}", minor / 100, minor % 100));
    let digits = word("digits").map_or_else(String::new, |digits| format!(", digits {digits}"));
    match word("scan") {
        Some(link) if page == "bill" => {
            format!("  driver's screen: bill{amount}{digits}\n    scan its code: {}", house.wallet(link))
        }
        _ => format!("  driver's screen: {page}{amount}{digits}"),
    }
}

/// Lines typed by the person; disconnected where there is no keyboard.
fn typed() -> Receiver<String> {
    let (sender, words) = sync_channel(16);
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok).filter(|line| !line.trim().is_empty()) {
            if sender.send(line.trim().to_owned()).is_err() {
                break;
            }
        }
    });
    words
}
