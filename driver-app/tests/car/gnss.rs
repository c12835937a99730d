//! Positions from real sockets and lines: a gpsd played over TCP, a receiver played on a pseudo-terminal.

use std::{io::Write, time::Duration};

use fareway_driver_app::{
    app::Input,
    gnss::{self, Source},
    state::Action,
};
use fareway_shared::fix::RawFix;
use serialport::{SerialPort, TTYPort};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(20);

async fn next_fix(heard: &mut mpsc::Receiver<Input>) -> RawFix {
    let input = timeout(PATIENCE, heard.recv()).await.expect("a fix in time").expect("the task runs");
    let Action::Fix(fix) = input.action else { panic!("{:?}", input.action) };
    fix
}

/// Answers one client as gpsd does, once it has asked to be told.
async fn gpsd(listener: &TcpListener) -> TcpStream {
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("a client in time").expect("a client");
    let mut reader = BufReader::new(stream);
    let mut asked = String::new();
    timeout(PATIENCE, reader.read_line(&mut asked)).await.expect("asked in time").expect("asked");
    assert_eq!(asked, "?WATCH={\"enable\":true,\"json\":true};\n");
    let mut stream = reader.into_inner();
    stream.write_all(b"{\"class\":\"VERSION\",\"release\":\"3.25\"}\nnot json at all\n").await.expect("sent");
    stream
}

fn report(second: u32) -> String {
    format!(
        "{{\"class\":\"TPV\",\"mode\":3,\"time\":\"2027-01-15T08:00:{second:02}.000Z\",\"lat\":31.33,\"lon\":120.607,\"eph\":3.5}}\r\n"
    )
}

#[tokio::test]
async fn gpsd_is_asked_heard_and_found_again_when_it_restarts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (inputs, mut heard) = mpsc::channel(8);
    let running = tokio::spawn(gnss::run(Source::Gpsd { address }, inputs));
    let mut stream = gpsd(&listener).await;
    // In two pieces, as TCP may.
    let (first, rest) = (report(1), 40);
    stream.write_all(&first.as_bytes()[..rest]).await.expect("sent");
    stream.flush().await.expect("sent");
    stream.write_all(&first.as_bytes()[rest..]).await.expect("sent");
    let fix = next_fix(&mut heard).await;
    assert_eq!((fix.lat, fix.lng, fix.accuracy_m), (Some(31.33), Some(120.607), Some(3.5)));
    drop(stream);
    let mut stream = gpsd(&listener).await;
    stream.write_all(report(9).as_bytes()).await.expect("sent");
    assert_eq!(next_fix(&mut heard).await.at.seconds(), 1_800_000_009);
    drop((heard, stream));
    timeout(PATIENCE, running).await.expect("it ends with the app").expect("no panic");
}

#[tokio::test]
async fn a_line_of_gpsd_without_end_is_cut_off_and_gpsd_called_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let (inputs, mut heard) = mpsc::channel(8);
    tokio::spawn(gnss::run(Source::Gpsd { address }, inputs));
    let mut stream = gpsd(&listener).await;
    stream.write_all(&[b'x'; 20_000]).await.expect("sent");
    let mut stream = gpsd(&listener).await;
    stream.write_all(report(3).as_bytes()).await.expect("sent");
    assert_eq!(next_fix(&mut heard).await.at.seconds(), 1_800_000_003);
}

#[tokio::test]
async fn a_receiver_on_a_serial_line_is_heard_through_garbage() {
    let (mut receiver, unit) = TTYPort::pair().expect("a pseudo-terminal");
    let port = unit.name().expect("its path");
    let (inputs, mut heard) = mpsc::channel(8);
    let running = tokio::spawn(gnss::run(Source::Serial { port, baud: 9_600 }, inputs));
    // Until the line is open nobody hears; a receiver just goes on.
    let talking = tokio::task::spawn_blocking(move || {
        let good = "$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n";
        let mut told = 0_u32;
        while receiver.write_all(format!("\u{7}noise$GPGGA,torn{good}").as_bytes()).is_ok() && told < 100 {
            told += 1;
            std::thread::park_timeout(Duration::from_millis(100));
        }
        receiver
    });
    let fix = next_fix(&mut heard).await;
    assert!((fix.lat.expect("north") - 48.1173).abs() < 1e-9);
    drop(heard);
    timeout(PATIENCE, running).await.expect("it ends with the app").expect("no panic");
    drop((talking.await.expect("it talks"), unit));
}

#[tokio::test]
async fn without_a_receiver_nothing_runs_and_a_line_that_is_not_there_is_waited_for() {
    let (inputs, mut heard) = mpsc::channel(8);
    timeout(PATIENCE, gnss::run(Source::None, inputs.clone())).await.expect("it ends at once");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ttyGNSS");
    let port = path.to_string_lossy().into_owned();
    tokio::spawn(gnss::run(Source::Serial { port, baud: 9_600 }, inputs));
    let (mut receiver, unit) = TTYPort::pair().expect("a pseudo-terminal");
    // The receiver is plugged in only now.
    std::os::unix::fs::symlink(unit.name().expect("its path"), &path).expect("it appears");
    tokio::task::spawn_blocking(move || {
        let good = b"$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n";
        for _ in 0..100 {
            if receiver.write_all(good).is_err() {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        drop(unit);
    });
    assert_eq!(next_fix(&mut heard).await.heading_deg, Some(84.4));
}
