//! The platform's key: how cars follow a new one, and what is said when the key file is not the one they believe.

use std::path::{Path, PathBuf};

use fareway_harness::{
    house::{House, fleets},
    program::Program,
};

use crate::{books, no_alarm, yuan};

async fn runs(settings: &Path, command: &[&str]) -> (bool, String) {
    let executable = PathBuf::from(env!("CARGO_BIN_EXE_fareway-under-test"));
    let output = Program::run(&executable, &[command, &["--config", settings.to_str().unwrap()]].concat()).await;
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test]
async fn cars_that_were_away_for_two_new_keys_follow_them_and_still_pay_and_are_paid() {
    let mut house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let [fleet, _] = fleets();
    let unused = house.enrolment_code(fleet, car.vehicle).await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.stop_platform().await;
    for _ in 0..2 {
        let (done, said) = runs(&house.settings_file(), &["key", "succeed"]).await;
        assert!(done && said.contains("fingerprint") && said.contains("restart fareway serve"), "{said}");
    }
    let vehicle = car.vehicle.to_string();
    let fleet_id = fleet.to_string();
    let enrol = ["vehicle", "enrol", "--fleet", &fleet_id, "--vehicle", &vehicle];
    let (done, said) = runs(&house.settings_file(), &enrol).await;
    assert!(!done && said.contains("restart `fareway serve` first"), "{said}");
    house.start_platform().await;
    car.until_linked().await;
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
    books(&house, 2340).await;
    let (done, said) = runs(&house.settings_file(), &enrol).await;
    assert!(done && said.trim() != unused, "{said}");
    house.stop_platform().await;
    house.start_platform().await;
    car.until_linked().await;
    no_alarm(&house).await;
}

#[tokio::test]
async fn a_key_file_that_the_cars_do_not_believe_stops_the_start_with_what_to_do() {
    let mut house = House::start().await;
    house.car("苏E·X1234").await;
    house.stop_platform().await;
    let settings = house.settings_file();
    let text = std::fs::read_to_string(&settings).unwrap();
    let other = settings.with_file_name("other.toml");
    std::fs::write(&other, format!("{text}\n[keys]\nplatform = \"another.key\"\n")).unwrap();
    let (done, said) = runs(&other, &["serve"]).await;
    assert!(!done && said.contains("keys.platform") && said.contains("restore it from its backup"), "{said}");
}
