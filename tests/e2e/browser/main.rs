//! A ride paid by a real browser, and one given to its car by a dispatcher in one: headless Chromium plays the phone in the
//! sandbox's wallet, or the dispatcher's desk, on the real pages, and both screens are checked. Needs Node, Chromium and the built web pages, which `cargo xtask test` sees to.
#![expect(clippy::unwrap_used, reason = "test code")]

use std::path::{Path, PathBuf};

use fareway::reservation::model::ReservationState;
use fareway_driver_app::state::Page;
use fareway_harness::{booking::km, house::House};
use fareway_shared::{
    id::ReservationId,
    money::{Currency, Money},
    ride::TripStage,
};
use serde_json::Value;
use tokio::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What a checkout without `cargo xtask web` lacks.
fn missing() -> Option<&'static str> {
    let web = root().join("platform/web");
    let browser = std::env::var("FAREWAY_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into());
    if fareway::http::assets::find("assets/passenger.js").is_none() {
        Some("the web pages were not built into this program (cargo xtask web, then build again)")
    } else if !web.join("node_modules/playwright-core").is_dir() {
        Some("the web packages are not installed (cargo xtask web)")
    } else if !Path::new(&browser).exists() {
        Some("there is no Chromium (apt-get install chromium)")
    } else {
        None
    }
}

#[tokio::test]
async fn a_passenger_pays_in_a_real_browser_and_both_screens_say_paid() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let fare = Money::new(2340, Currency::CNY);
    let link = car.drives_a_hire(1, fare).await;

    let pictures = root().join("target/pictures/e2e");
    std::fs::create_dir_all(&pictures).unwrap();
    let picture = pictures.join("passenger-paid.png");
    let phone = Command::new("node")
        .arg(root().join("deploy/xtask/demo/phone.mjs"))
        .arg(house.wallet_url(&link))
        .arg(&picture)
        .arg(root().join("platform/web/package.json"))
        .arg(fare.decimal())
        .kill_on_drop(true)
        .output();
    let (phone, sequence) = tokio::join!(phone, car.shows_paid(fare));
    let phone = phone.unwrap();
    let said = String::from_utf8_lossy(&phone.stdout);
    assert!(phone.status.success(), "the phone gave up: {said}\n{}", String::from_utf8_lossy(&phone.stderr));
    let steps: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<&str> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(told, ["scanned", "fare", "cashier", "pin", "paid", "picture"]);
    assert!(std::fs::metadata(&picture).unwrap().len() > 10_000, "the picture of the phone is empty");

    let screen = car.screen();
    assert!(matches!(&screen.view.page, Page::Paid(paid) if paid.sequence == sequence && paid.total == fare));
    assert_eq!(house.balance("fare_income").await, -2340);
}

#[tokio::test]
async fn a_dispatcher_books_gives_undoes_and_gives_again_by_keyboard_and_the_car_follows() {
    if let Some(missing) = missing() {
        println!("skipped: {missing}");
        return;
    }
    let house = House::start().await;
    house.dispatcher("li.na", "correct horse battery").await;
    let car = house.car("苏E·X1234").await;
    car.comes_on_shift(km(1.0, 0.0)).await;

    let pictures = root().join("target/pictures/e2e");
    std::fs::create_dir_all(&pictures).unwrap();
    let picture = pictures.join("console-given.png");
    let desk = Command::new("node")
        .arg(root().join("tests/e2e/browser/desk.mjs"))
        .arg(format!("http://{}/console", house.platform().http))
        .arg(&picture)
        .arg(root().join("platform/web/package.json"))
        .arg("苏E·X1234")
        .kill_on_drop(true)
        .output();
    let driver = async {
        car.is_offered().await;
        car.until_trip(TripStage::EnRoute).await;
        car.until_free().await;
        car.until_trip(TripStage::EnRoute).await
    };
    let (desk, trip) = tokio::join!(desk, driver);
    let desk = desk.unwrap();
    let said = String::from_utf8_lossy(&desk.stdout);
    assert!(desk.status.success(), "the desk gave up: {said}\n{}", String::from_utf8_lossy(&desk.stderr));
    let steps: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<&str> = steps.iter().filter_map(|step| step["step"].as_str()).collect();
    assert_eq!(told, ["signed_in", "booked", "given", "undone", "given", "explained", "picture"]);
    assert!(std::fs::metadata(&picture).unwrap().len() > 10_000, "the picture of the desk is empty");

    let board = house.board().await;
    let [row] = board.reservations.as_slice() else { panic!("{:?}", board.reservations) };
    let id: ReservationId = row.id;
    assert_eq!((row.passenger.as_str(), row.plate.as_deref()), ("李女士", Some("苏E·X1234")));
    let reservation = house.until_reserved(id, ReservationState::Assigned).await;
    assert_eq!(reservation.trip, Some(trip.trip));
}
