//! A real serial line: 8 data bits, no parity, 1 stop bit, no flow control, DTR and RTS left as they are. The only file
//! that names the serial crate. Reader and writer are separate types, and listening hands out no writer, so that a
//! listening bridge cannot transmit.

use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use serialport::{ClearBuffer, DataBits, FlowControl, Parity, SerialPort, SerialPortType, StopBits, TTYPort};

/// Longest a write may take; a frame needs at most a tenth of it at 9600 bits per second.
const WRITE_WAIT: Duration = Duration::from_secs(2);

/// Why the line cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// Nothing there answers to the setting.
    #[error("no serial line answers to line.port = \"{port}\"; is the adapter plugged in?")]
    NotThere {
        /// The setting.
        port: String,
    },
    /// It is there and cannot be opened.
    #[error("the serial line {path} cannot be opened")]
    Refused {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serialport::Error,
    },
}

/// The end that hears.
#[derive(Debug)]
pub struct LineReader(TTYPort);

/// The end that speaks; only a host has one.
#[derive(Debug)]
pub struct LineWriter(TTYPort);

/// Opens a line for listening.
///
/// # Errors
/// It is not there, or cannot be opened.
pub fn open_to_listen(port: &str, baud: u32, read_wait: Duration) -> Result<LineReader, LineError> {
    open(port, baud, read_wait).map(LineReader)
}

/// Opens a line for a host.
///
/// # Errors
/// It is not there, or cannot be opened.
pub fn open_to_host(port: &str, baud: u32, read_wait: Duration) -> Result<(LineReader, LineWriter), LineError> {
    let reader = open(port, baud, read_wait)?;
    let refused = |source| LineError::Refused { path: PathBuf::from(port), source };
    let mut writer = reader.try_clone_native().map_err(refused)?;
    writer.set_timeout(WRITE_WAIT).map_err(refused)?;
    Ok((LineReader(reader), LineWriter(writer)))
}

fn open(port: &str, baud: u32, read_wait: Duration) -> Result<TTYPort, LineError> {
    let mut refused = None;
    for path in candidates(port) {
        let builder = serialport::new(path.to_string_lossy(), baud)
            .data_bits(DataBits::Eight)
            .parity(Parity::None)
            .stop_bits(StopBits::One)
            .flow_control(FlowControl::None)
            .preserve_dtr_on_open()
            .exclusive(!is_pseudo_terminal(&path))
            .timeout(read_wait);
        // Bytes from before we listened have no time, so they must not pass for news.
        match TTYPort::open(&builder).and_then(|line| line.clear(ClearBuffer::Input).map(|()| line)) {
            Ok(line) => return Ok(line),
            Err(source) => refused = Some(LineError::Refused { path, source }),
        }
    }
    Err(refused.unwrap_or_else(|| LineError::NotThere { port: port.to_owned() }))
}

/// The paths a setting may mean: a USB adapter, the start of a path, or one path.
fn candidates(port: &str) -> Vec<PathBuf> {
    if let Some(wanted) = port.strip_prefix("usb:") {
        let ports = serialport::available_ports().unwrap_or_default();
        return ports
            .into_iter()
            .filter(|found| match &found.port_type {
                SerialPortType::UsbPort(usb) => is_adapter(wanted, usb.vid, usb.pid, usb.serial_number.as_deref()),
                _ => false,
            })
            .map(|found| PathBuf::from(found.port_name))
            .collect();
    }
    let Some(start) = port.strip_suffix('*') else { return vec![PathBuf::from(port)] };
    let directory = Path::new(start).parent().unwrap_or_else(|| Path::new("/dev"));
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.to_string_lossy().starts_with(start)).collect();
    paths.sort();
    paths
}

/// `VVVV:PPPP` or `VVVV:PPPP:SERIAL`, hex.
fn is_adapter(wanted: &str, vendor: u16, product: u16, serial: Option<&str>) -> bool {
    let mut parts = wanted.splitn(3, ':');
    let hex = |part: Option<&str>| part.and_then(|part| u16::from_str_radix(part, 16).ok());
    hex(parts.next()) == Some(vendor)
        && hex(parts.next()) == Some(product)
        && parts.next().is_none_or(|wanted| serial == Some(wanted))
}

/// Exclusive use of a pseudo-terminal would outlive a killed bridge, because its other end keeps it open.
fn is_pseudo_terminal(path: &Path) -> bool {
    path.canonicalize().is_ok_and(|path| path.starts_with("/dev/pts"))
}

impl Read for LineReader {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for LineWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    /// The bytes are the driver's once written; waiting until they left would hold up the reader.
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The meter's end of a pseudo-terminal, for the simulator. The other end is held open too, so that a bridge may come and
/// go; dropped, the line is gone for everyone, as when an adapter is unplugged.
#[derive(Debug)]
pub struct PseudoLine {
    meter_end: TTYPort,
    bridge_end: TTYPort,
}

impl PseudoLine {
    /// Makes a pair.
    ///
    /// # Errors
    /// The system has no more pseudo-terminals.
    pub fn open() -> Result<Self, LineError> {
        let (meter_end, bridge_end) =
            TTYPort::pair().map_err(|source| LineError::Refused { path: PathBuf::from("/dev/ptmx"), source })?;
        Ok(Self { meter_end, bridge_end })
    }

    /// The path a bridge opens.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        PathBuf::from(self.bridge_end.name().unwrap_or_default())
    }

    /// What a host has sent, waiting at most `wait` for the first byte; empty where it sent nothing.
    pub fn receive(&mut self, wait: Duration) -> Vec<u8> {
        let mut buffer = [0_u8; 256];
        let read = self.meter_end.set_timeout(wait).is_ok().then(|| self.meter_end.read(&mut buffer));
        let count = read.and_then(Result::ok).unwrap_or(0);
        buffer.get(..count).unwrap_or(&[]).to_vec()
    }

    /// Sends bytes; where nobody listens they are lost, as on a real line.
    pub fn send(&mut self, bytes: &[u8]) {
        if self.meter_end.set_timeout(Duration::from_millis(1)).is_ok() {
            let _ = self.meter_end.write_all(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_adapter_is_told_by_vendor_product_and_serial() {
        assert!(is_adapter("1a86:7523", 0x1A86, 0x7523, None));
        assert!(is_adapter("1a86:7523:A5", 0x1A86, 0x7523, Some("A5")));
        assert!(!is_adapter("1a86:7523:A5", 0x1A86, 0x7523, Some("A6")));
        assert!(!is_adapter("1a86", 0x1A86, 0x7523, None));
        assert!(!is_adapter("zz:7523", 0x1A86, 0x7523, None));
    }

    #[test]
    fn a_line_that_is_not_there_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let pattern = format!("{}/tty*", directory.path().display());
        let words = open_to_listen(&pattern, 9600, Duration::from_millis(1)).unwrap_err().to_string();
        assert!(words.contains(&pattern), "{words}");
        let path = directory.path().join("ttyX");
        let words = open_to_listen(&path.to_string_lossy(), 9600, Duration::from_millis(1)).unwrap_err().to_string();
        assert!(words.contains("ttyX"), "{words}");
    }
}
