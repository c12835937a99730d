//! The program itself: its answers to bad input, and a bridge killed without warning.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it must be")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fareway_shared::{
    meter::MeterState,
    protocol::meter::{LINE_BYTES_MAX, MeterNotice, ToBridge},
    time::Timestamp,
};
use fareway_taximeter_bridge::{
    config::Protocol,
    simulator::{self, Settings, Simulator},
};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taximeter-bridge"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running `taximeter-bridge run`, killed when it is dropped.
struct Program(Child);

impl Program {
    fn run(port: &Path, spool: &Path) -> (Self, SocketAddr) {
        Self::start(program(), port, spool)
    }

    /// The same on a disk that takes no byte.
    fn run_on_a_full_disk(port: &Path, spool: &Path) -> (Self, SocketAddr) {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -f 0; trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_taximeter-bridge")]);
        shell.stdin(Stdio::piped()).stdout(Stdio::piped());
        Self::start(shell, port, spool)
    }

    fn start(mut command: Command, port: &Path, spool: &Path) -> (Self, SocketAddr) {
        command.stderr(Stdio::null());
        command.args(["run", "--mode", "host", "--listen", "127.0.0.1:0", "--port"]).arg(port);
        let mut child = command.arg("--spool").arg(spool).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = said.get("listening").unwrap().as_str().unwrap().parse().unwrap();
        (Self(child), address)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    BufReader::new(stream)
}

fn next(app: &mut BufReader<TcpStream>, wanted: impl Fn(&MeterNotice) -> bool) -> MeterNotice {
    let mut heard = Vec::new();
    loop {
        let mut line = String::new();
        let read =
            app.read_line(&mut line).unwrap_or_else(|error| unreachable!("waited in vain ({error}); heard {heard:#?}"));
        assert!(read > 0, "the bridge hung up");
        heard.push(line.clone());
        let notice = serde_json::from_str(&line).unwrap();
        if wanted(&notice) {
            return notice;
        }
    }
}

fn is_hired(notice: &MeterNotice) -> bool {
    matches!(notice, MeterNotice::State { state: MeterState::Hired { .. }, .. })
}

fn is_trip(notice: &MeterNotice) -> bool {
    matches!(notice, MeterNotice::TripEnded { .. })
}

#[test]
fn a_killed_bridge_tells_its_trip_again_and_each_trip_once() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("meter");
    let mut settings = Settings::new(Protocol::Jtt905, Timestamp::from_seconds(1_773_450_000));
    settings.timing = simulator::timing::Timing::compressed();
    settings.link = Some(link.clone());
    let meter = Simulator::start(settings).unwrap();
    let spool = directory.path().join("spool");

    let (killed, address) = Program::run(&link, &spool);
    let mut app = connect(address);
    meter.command(simulator::Command::Hire);
    next(&mut app, is_hired);
    meter.command(simulator::Command::Stop { steps: Some(582) });
    let told = next(&mut app, is_trip);
    drop(killed);

    let (bridge, address) = Program::run(&link, &spool);
    let mut app = connect(address);
    assert_eq!(next(&mut app, is_trip), told);
    let MeterNotice::TripEnded { spool: number, .. } = told else { unreachable!() };
    let stored = serde_json::to_string(&ToBridge::TripStored { spool: number }).unwrap();
    app.get_mut().write_all(format!("{stored}\n").as_bytes()).unwrap();
    meter.command(simulator::Command::Ride { steps: 100, seconds: 5 });
    let second = next(&mut app, is_trip);
    assert!(
        matches!(second, MeterNotice::TripEnded { spool, record } if spool > number && record.amount.minor == 1000)
    );
    drop(bridge);
}

#[test]
fn a_record_that_the_disk_refuses_is_refused_to_the_meter_and_comes_again_late() {
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("meter");
    let mut settings = Settings::new(Protocol::Jtt905, Timestamp::from_seconds(1_773_450_000));
    settings.timing = simulator::timing::Timing::compressed();
    settings.link = Some(link.clone());
    let meter = Simulator::start(settings).unwrap();
    let spool = directory.path().join("spool");

    let (full, address) = Program::run_on_a_full_disk(&link, &spool);
    let mut app = connect(address);
    meter.command(simulator::Command::SignIn);
    meter.command(simulator::Command::Hire);
    next(&mut app, is_hired);
    meter.command(simulator::Command::Stop { steps: Some(582) });
    next(&mut app, |notice| matches!(notice, MeterNotice::State { state: MeterState::Vacant, .. }));
    drop(full);

    let (_bridge, address) = Program::run(&link, &spool);
    let told = next(&mut connect(address), is_trip);
    assert!(matches!(told, MeterNotice::TripEnded { record, .. } if record.late && record.amount.minor == 5820));
    let answers: Vec<u8> =
        meter.recorded().into_iter().filter(|piece| piece.to_meter).flat_map(|piece| piece.bytes).collect();
    let answers = hex::encode_upper(answers);
    assert!(answers.contains("020000E8FF") && !answers.contains("020000E890"), "{answers}");
}

#[test]
fn a_client_that_talks_rubbish_or_without_end_is_hung_up_on_and_the_next_is_served() {
    let directory = tempfile::tempdir().unwrap();
    let (_bridge, address) = Program::run(&directory.path().join("none"), &directory.path().join("spool"));
    for rubbish in [b"GET / HTTP/1.1\n".to_vec(), vec![b'x'; LINE_BYTES_MAX + 1]] {
        let mut app = connect(address);
        app.get_mut().write_all(&rubbish).unwrap();
        let mut rest = Vec::new();
        // The bridge may reset the connection where bytes were left unread.
        let _ = app.read_to_end(&mut rest);
        let mut app = connect(address);
        next(&mut app, |notice| matches!(notice, MeterNotice::Hello { .. }));
    }
}

#[test]
fn what_cannot_be_used_is_said_in_a_sentence_that_names_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("bridge.toml");
    std::fs::write(&file, "[line]\nbuad = 9600\n").unwrap();
    let output = program().args(["run", "--config"]).arg(&file).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && words.contains("`line.buad` is not a setting"), "{words}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let spool = directory.path().join("spool");
    let output = program().args(["run", "--listen", &listen, "--spool"]).arg(&spool).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && words.contains(&listen) && words.contains("another bridge"), "{words}");
}

#[test]
fn decode_reads_standard_input_and_prints_a_line_a_frame() {
    let mut child = program().args(["decode", "--protocol", "jtt905"]).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"00FF00\n55AA0005020000\nE7907055AA\n55AA0005020000E7907155AA\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let lines: Vec<serde_json::Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let says = |line: usize, key: &str| lines.get(line).and_then(|line| line.get(key)).cloned();
    assert_eq!((says(0, "skipped"), says(0, "why")), (Some(3.into()), Some("noise".into())));
    assert_eq!((says(1, "cmd"), says(1, "result")), (Some("00E7".into()), Some("90".into())));
    assert_eq!((says(2, "skipped"), says(2, "why")), (Some(12.into()), Some("checksum".into())));
    assert_eq!(lines.len(), 3);
}
