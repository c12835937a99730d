//! `taximeter-bridge simulate`: a person, or the demo, drives the meter with words on standard input; what happens is
//! told as JSON lines.

use std::{
    collections::BTreeMap,
    io::{BufRead, Write},
};

use fareway_shared::money::{Currency, Money};
use serde_json::{Value, json};

use super::{Command, Recorded, Settings, Simulator};
use crate::{config::Protocol, device::serial::LineError};

/// The words there are, for the reply to any other.
const WORDS: &str =
    "hire | stop [AMOUNT] | vacant | ride AMOUNT SECONDS | shift RIDES | sign-in | sign-out | ledger | recorded | quit";

/// Why the simulator ended.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// No line could be made.
    #[error("the simulated meter has no line")]
    Line(#[from] LineError),
    /// Input or output broke.
    #[error("could not read commands or write replies")]
    Io(#[from] std::io::Error),
}

/// Runs a meter until `quit` or the end of the input. `first` is done at once.
///
/// # Errors
/// No line can be made, or input or output breaks.
pub fn run(
    settings: Settings,
    first: impl IntoIterator<Item = Command>,
    input: impl BufRead,
    mut output: impl Write,
) -> Result<(), ControlError> {
    let link = settings.link.clone();
    let (protocol, unit_minor) = (settings.protocol, settings.unit_minor());
    let meter = Simulator::start(settings)?;
    writeln!(output, "{}", json!({ "line": meter.path(), "link": link, "protocol": protocol.name() }))?;
    output.flush()?;
    for command in first {
        meter.command(command);
    }
    for line in input.lines() {
        let line = line?;
        let reply = match read(&line, protocol, unit_minor) {
            Some(Word::Command(Command::Quit)) => break,
            Some(Word::Command(command)) => {
                meter.command(command);
                json!({ "done": line.trim() })
            }
            Some(Word::Ledger) => ledger(&meter),
            Some(Word::Recorded) => recorded(&meter),
            None => json!({ "error": format!("`{}` is no command; there are: {WORDS}", line.trim()) }),
        };
        writeln!(output, "{reply}")?;
        output.flush()?;
    }
    Ok(())
}

enum Word {
    Command(Command),
    Ledger,
    Recorded,
}

fn ledger(meter: &Simulator) -> Value {
    let faults: BTreeMap<String, u32> =
        meter.fault_counts().into_iter().map(|(fault, count)| (format!("{fault:?}"), count)).collect();
    json!({ "ledger": meter.ledger(), "faults": faults })
}

fn recorded(meter: &Simulator) -> Value {
    let piece = |piece: &Recorded| {
        json!({
            "at_ms": u64::try_from(piece.at.as_millis()).unwrap_or(u64::MAX),
            "to_meter": piece.to_meter,
            "hex": hex::encode(&piece.bytes),
        })
    };
    json!({ "recorded": meter.recorded().iter().map(piece).collect::<Vec<_>>() })
}

fn read(line: &str, protocol: Protocol, unit_minor: u32) -> Option<Word> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let command = match words.as_slice() {
        ["ledger"] => return Some(Word::Ledger),
        ["recorded"] => return Some(Word::Recorded),
        ["hire"] => Command::Hire,
        ["stop" | "vacant"] => Command::Stop { steps: None },
        ["stop", amount] => Command::Stop { steps: Some(steps(amount, protocol, unit_minor)?) },
        ["ride", amount, seconds] => {
            Command::Ride { steps: steps(amount, protocol, unit_minor)?, seconds: seconds.parse().ok()? }
        }
        ["shift", rides] => Command::Shift { rides: rides.parse().ok()? },
        ["sign-in"] => Command::SignIn,
        ["sign-out"] => Command::SignOut,
        ["quit"] => Command::Quit,
        _ => return None,
    };
    Some(Word::Command(command))
}

/// An amount as on the meter's face, in its steps; `None` where it is no whole number of them.
#[must_use]
pub fn steps(amount: &str, protocol: Protocol, unit_minor: u32) -> Option<u32> {
    let currency = match protocol {
        Protocol::Jtt905 => Currency::CNY,
        Protocol::Gwp5043 => Currency::THB,
    };
    let minor = u32::try_from(Money::parse(amount, currency).ok()?.minor).ok()?;
    minor.is_multiple_of(unit_minor).then(|| minor.checked_div(unit_minor)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_on_the_face_and_never_rounded() {
        assert_eq!(steps("58.20", Protocol::Jtt905, 10), Some(582));
        assert_eq!(steps("58.25", Protocol::Jtt905, 10), None);
        assert_eq!(steps("77", Protocol::Gwp5043, 100), Some(77));
        assert_eq!(steps("77.5", Protocol::Gwp5043, 100), None);
        assert_eq!(steps("-1", Protocol::Jtt905, 10), None);
    }

    #[test]
    fn a_word_that_is_no_command_is_answered_with_those_there_are() {
        let settings = Settings::new(Protocol::Jtt905, fareway_shared::time::Timestamp::EPOCH);
        let mut output = Vec::new();
        run(settings, [], "dance\nstop 1.23\nledger\nquit\nhire\n".as_bytes(), &mut output).unwrap();
        let lines: Vec<_> = std::str::from_utf8(&output).unwrap().lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[0].contains("/dev/pts/"), "{}", lines[0]);
        assert!(lines[1].contains("`dance` is no command") && lines[2].contains("`stop 1.23`"), "{lines:?}");
    }
}
