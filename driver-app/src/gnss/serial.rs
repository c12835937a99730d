//! The receiver's serial line: 8 data bits, no parity, 1 stop bit. Only listens. The only file of this program that names
//! the serial crate.

use std::{
    io::{ErrorKind, Read},
    path::Path,
    time::{Duration, Instant},
};

use serialport::{DataBits, FlowControl, Parity, StopBits, TTYPort};

use super::{Outlet, nmea::Listener};

/// A read waits so long, so that a stopped app is noticed.
const READ_WAIT: Duration = Duration::from_millis(500);
/// A receiver speaks every second; after so much silence the line is opened anew.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Why the line is not heard.
#[derive(Debug, thiserror::Error)]
pub(super) enum LineError {
    #[error("the receiver's line gnss.port = \"{port}\" cannot be opened; is the receiver plugged in?")]
    Open { port: String, source: serialport::Error },
    #[error("the receiver's line {port} failed; was it unplugged?")]
    Broken { port: String, source: std::io::Error },
    #[error("the receiver on {port} said nothing for {} s; does its speed match gnss.baud?", SILENCE_MAX.as_secs())]
    Silent { port: String },
}

/// Listens until the line fails. Ends with `Ok` when the app has stopped. Blocks its thread.
pub(super) fn follow(port: &str, baud: u32, mut outlet: Outlet) -> Result<(), LineError> {
    let port = port.to_owned();
    // Exclusive use of a pseudo-terminal would outlive its user, because the other end keeps it open.
    let pseudo = Path::new(&port).canonicalize().is_ok_and(|path| path.starts_with("/dev/pts"));
    let builder = serialport::new(port.as_str(), baud)
        .data_bits(DataBits::Eight)
        .parity(Parity::None)
        .stop_bits(StopBits::One)
        .flow_control(FlowControl::None)
        .preserve_dtr_on_open()
        .exclusive(!pseudo)
        .timeout(READ_WAIT);
    let mut line = TTYPort::open(&builder).map_err(|source| LineError::Open { port: port.clone(), source })?;
    let (mut listener, mut heard) = (Listener::default(), Instant::now());
    let mut buffer = [0_u8; 512];
    while !outlet.is_closed() {
        match line.read(&mut buffer) {
            Ok(0) => return Err(LineError::Broken { port, source: ErrorKind::UnexpectedEof.into() }),
            Ok(count) => {
                heard = Instant::now();
                for fix in listener.hear(buffer.get(..count).unwrap_or_default()) {
                    outlet.offer(fix);
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::Interrupted) => {
                if heard.elapsed() > SILENCE_MAX {
                    return Err(LineError::Silent { port });
                }
            }
            Err(source) => return Err(LineError::Broken { port, source }),
        }
    }
    Ok(())
}
