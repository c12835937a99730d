//! From the last byte of Alipay's notice to an envelope that the car has verified: 2,000 payments at 200 a second with
//! 1,000 cars connected, beside the floor of the same machine in the same run.
//!
//! `bench-confirm` starts itself three times: as the platform, as the floor, and stays as load generator and cars, so
//! both are measured from the same process over loopback. The floor is a program that does nothing but what nobody can
//! leave out: read from a socket, verify one RSA2 signature with the same backend, write the same rows in one durable
//! transaction on the same engine, write to a socket.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a bench stops at the first surprise")]

mod cars;
mod floor;
mod load;
mod notices;
mod platform;
mod seed;

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use fareway_bench::{row, write};

/// Payments, cars, payments a second.
const PAYMENTS: usize = 2_000;
const CARS: usize = 1_000;
const RATE: u64 = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime =
        |workers| tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["platform", folder] => runtime(2).block_on(platform::run(folder.as_ref())),
        ["floor", folder] => runtime(2).block_on(floor::run(folder.as_ref())),
        [] => runtime(1).block_on(measure()),
        _ => panic!("usage: bench-confirm"),
    }
}

/// A part of the bench in a process of its own; its first line says where it listens.
struct Part {
    process: Child,
    line: serde_json::Value,
}

impl Part {
    fn start(role: &str, folder: &std::path::Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args([role, folder.to_str().unwrap()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, line: serde_json::from_str(&line).expect("the part's first line") }
    }

    fn address(&self, what: &str) -> String {
        self.line.get(what).and_then(serde_json::Value::as_str).expect("an address").to_owned()
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let keys = notices::Keys::make();
    let plan = seed::seed(folder.path(), &keys).await;
    let bodies = notices::sign_all(&keys, &plan.payments);
    let floor = {
        let part = Part::start("floor", folder.path());
        load::measure_floor(&part.address("in"), &part.address("out"), &bodies).await
    };
    let ours = {
        let part = Part::start("platform", folder.path());
        let cars = cars::connect_all(&part.address("cars"), &plan).await;
        load::measure_platform(&part.address("http"), cars, &bodies).await
    };
    assert_eq!(ours.count(), PAYMENTS, "not every payment was confirmed");
    let note = format!("{PAYMENTS} payments at {RATE}/s, {CARS} cars, SQLite WAL synchronous=FULL, RSA2-2048");
    let rows = [
        row(
            "confirm p50: notice received to envelope verified in the car, beside the floor",
            ours.percentile(50),
            floor.percentile(50),
            &format!("{note}; aim <= 2"),
        ),
        row(
            "confirm p99: notice received to envelope verified in the car, beside the floor",
            ours.percentile(99),
            floor.percentile(99),
            &format!("{note}; aim <= 3"),
        ),
    ];
    write("confirm", &rows).unwrap();
}
