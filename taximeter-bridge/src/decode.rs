//! `taximeter-bridge decode`: hex lines of one byte stream in, one JSON object a frame out, fields named as in the frames
//! file. Only `main` calls it. A frame whose values are bad is reported as skipped and yields no number.

use std::io::{BufRead, Write};

use fareway_shared::time::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    codec::{self, fields::Unknown},
    config::Protocol,
    frame::{
        self,
        reader::{Layout, Read, Reader},
        skipped::{Skipped, Why},
    },
    meter::FRAME_GAP,
};

/// Why decoding stopped.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// A line was not hex.
    #[error("line {line} is not hex: every line must hold whole bytes as pairs of hex digits")]
    NotHex {
        /// Its number, from 1.
        line: usize,
    },
    /// Reading or writing failed.
    #[error("could not read the input or write the output")]
    Io(#[from] std::io::Error),
}

/// Decodes a stream; the lines are pieces of it and their ends mean nothing.
///
/// # Errors
/// A line that is not hex, or a broken input or output. What was decoded before it has been written.
pub fn run(protocol: Protocol, input: impl BufRead, output: impl Write) -> Result<(), DecodeError> {
    match protocol {
        Protocol::Jtt905 => stream(frame::jtt905::Jtt905, input, output, jtt905),
        Protocol::Gwp5043 => stream(frame::gwp5043::Gwp5043, input, output, gwp5043),
    }
}

fn stream<L: Layout>(
    layout: L,
    input: impl BufRead,
    mut output: impl Write,
    describe: fn(&L::Frame) -> Value,
) -> Result<(), DecodeError> {
    let mut reader = Reader::new(layout, FRAME_GAP);
    let mut write = |reads: Vec<Read<L::Frame>>| -> Result<(), std::io::Error> {
        for read in reads {
            let line = match read {
                Read::Frame(frame) => describe(&frame),
                Read::Skipped(Skipped { bytes, why }) => skipped(bytes, why),
            };
            writeln!(output, "{line}")?;
        }
        output.flush()
    };
    for (number, line) in input.lines().enumerate() {
        let text: String = line?.split_whitespace().collect();
        let Ok(bytes) = hex::decode(&text) else {
            write(reader.finish())?;
            return Err(DecodeError::NotHex { line: number.saturating_add(1) });
        };
        write(reader.feed(&bytes, Timestamp::EPOCH))?;
    }
    Ok(write(reader.finish())?)
}

fn skipped(bytes: usize, why: Why) -> Value {
    match why {
        Why::Noise => json!({ "skipped": bytes, "why": why.word() }),
        _ => json!({ "skipped": bytes, "why": why.word(), "event": "reject", "reason": why.word() }),
    }
}

fn jtt905(frame: &frame::jtt905::Frame) -> Value {
    #[derive(Serialize)]
    struct Line {
        device: u8,
        vendor: u8,
        cmd: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        direction: Option<codec::jtt905::Direction>,
        #[serde(flatten)]
        body: codec::jtt905::Body,
    }

    let cmd = format!("{:04X}", frame.command);
    match codec::jtt905::decode(frame) {
        Ok(message) if message.unknown.is_empty() => {
            let (direction, body) = (message.direction, message.body);
            json!(Line { device: frame.device, vendor: frame.vendor, cmd, direction, body })
        }
        Ok(message) => bad_values(frame.raw.len(), &cmd, &message.unknown),
        Err(_) => with_frame(skipped(frame.raw.len(), Why::Length), &cmd),
    }
}

/// Names the fields without their values: a number that failed its check is nobody's number.
fn bad_values(bytes: usize, cmd: &str, unknown: &[Unknown]) -> Value {
    let bcd = unknown.iter().any(|field| field.why == Why::Bcd);
    let mut line = with_frame(skipped(bytes, if bcd { Why::Bcd } else { Why::Calendar }), cmd);
    if let Some(object) = line.as_object_mut() {
        object.insert("unknown".to_owned(), unknown.iter().map(|field| field.field).collect());
    }
    line
}

fn with_frame(mut line: Value, cmd: &str) -> Value {
    if let Some(object) = line.as_object_mut() {
        object.insert("frame".to_owned(), cmd.into());
    }
    line
}

fn gwp5043(frame: &frame::gwp5043::Frame) -> Value {
    #[derive(Serialize)]
    struct Line {
        cmd: String,
        direction: codec::jtt905::Direction,
        #[serde(flatten)]
        message: codec::gwp5043::Message,
    }

    json!(Line {
        cmd: format!("{:02X}", frame.command),
        direction: codec::jtt905::Direction::MeterToHost,
        message: codec::gwp5043::decode(frame),
    })
}
