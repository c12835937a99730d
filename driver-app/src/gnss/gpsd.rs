//! gpsd's JSON protocol over TCP: one object a line, after a `WATCH` that asks for them. Only reports of time, position and
//! velocity (`TPV`) count; everything else that gpsd says is passed over.

use std::{io, time::Duration};

use fareway_shared::{fix::RawFix, place::LatLng, time::Timestamp};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use super::Outlet;

const WATCH: &[u8] = b"?WATCH={\"enable\":true,\"json\":true};\n";
/// gpsd's own bound on one of its lines, bytes (`GPS_JSON_RESPONSE_MAX`).
const LINE_BYTES_MAX: u64 = 10_240;
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// gpsd with a receiver speaks every second; after so much silence the connection is made anew.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// Why gpsd is not heard.
#[derive(Debug, thiserror::Error)]
pub(super) enum GpsdError {
    #[error("gpsd cannot be reached at gnss.address = \"{address}\"; is it running?")]
    Reach { address: String, source: io::Error },
    #[error("the connection to gpsd failed")]
    Broken(#[from] io::Error),
    #[error("gpsd closed the connection, or its line is cut or too long")]
    Closed,
    #[error("gpsd said nothing for {} s", SILENCE_MAX.as_secs())]
    Silent,
}

/// Follows gpsd. Ends with `Ok` when the app has stopped.
pub(super) async fn follow(address: &str, mut outlet: Outlet) -> Result<(), GpsdError> {
    let reach = |source| GpsdError::Reach { address: address.to_owned(), source };
    let connected = timeout(CONNECT_MAX, TcpStream::connect(address)).await;
    let stream = connected.map_err(|_| reach(io::ErrorKind::TimedOut.into()))?.map_err(reach)?;
    let (reader, mut writer) = stream.into_split();
    writer.write_all(WATCH).await?;
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    while !outlet.is_closed() {
        line.clear();
        let mut bounded = (&mut reader).take(LINE_BYTES_MAX);
        timeout(SILENCE_MAX, bounded.read_until(b'\n', &mut line)).await.map_err(|_| GpsdError::Silent)??;
        if line.last() != Some(&b'\n') {
            return Err(GpsdError::Closed);
        }
        if let Some(fix) = fix_of(&line) {
            outlet.offer(fix);
        }
    }
    Ok(())
}

/// What we read of a `TPV` report (gpsd_json(5)).
#[derive(Debug, Deserialize)]
struct Report {
    class: String,
    /// 2 and 3 are fixes of so many dimensions.
    #[serde(default)]
    mode: u8,
    time: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    /// Estimated horizontal error, metres.
    eph: Option<f32>,
    /// Estimated error to the east, metres.
    epx: Option<f32>,
    /// Estimated error to the north, metres.
    epy: Option<f32>,
    /// Metres per second.
    speed: Option<f32>,
    /// Degrees clockwise from north.
    track: Option<f32>,
}

/// The fix in a line, if it is one.
fn fix_of(line: &[u8]) -> Option<RawFix> {
    let report: Report = serde_json::from_slice(line).ok()?;
    if report.class != "TPV" || report.mode < 2 {
        return None;
    }
    let at: jiff::Timestamp = report.time?.parse().ok()?;
    let place = LatLng::new(report.lat?, report.lon?).ok()?;
    let by_axes = report.epx.zip(report.epy).map(|(east, north)| east.hypot(north));
    Some(RawFix {
        lat: Some(place.lat()),
        lng: Some(place.lng()),
        at: Timestamp(at.as_microsecond()),
        accuracy_m: report.eph.or(by_axes),
        speed_mps: report.speed,
        heading_deg: report.track,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_of_position_is_a_fix() {
        let line = br#"{"class":"TPV","device":"/dev/ttyACM0","mode":3,"time":"2027-01-15T08:00:31.500Z","ept":0.005,"lat":31.33010,"lon":120.60710,"altHAE":12.1,"epx":3.0,"epy":4.0,"track":92.5,"speed":8.25,"climb":0.0}"#;
        let fix = fix_of(line).unwrap();
        assert_eq!((fix.lat, fix.lng), (Some(31.33010), Some(120.60710)));
        assert_eq!(fix.at, Timestamp::from_millis(1_800_000_031_500));
        assert_eq!((fix.accuracy_m, fix.speed_mps, fix.heading_deg), (Some(5.0), Some(8.25), Some(92.5)));
    }

    #[test]
    fn what_is_no_fix_is_passed_over() {
        for line in [
            r#"{"class":"VERSION","release":"3.25","proto_major":3,"proto_minor":15}"#,
            r#"{"class":"TPV","mode":1,"time":"2027-01-15T08:00:31.500Z"}"#,
            r#"{"class":"TPV","mode":3,"lat":31.3,"lon":120.6}"#,
            r#"{"class":"TPV","mode":3,"time":"yesterday","lat":31.3,"lon":120.6}"#,
            r#"{"class":"TPV","mode":3,"time":"2027-01-15T08:00:31Z","lat":131.3,"lon":120.6}"#,
            r#"{"class":"TPV","mode":3,"time":"2027-01-15T08:00:31Z","lat":31.3"#,
            "",
        ] {
            assert_eq!(fix_of(line.as_bytes()), None, "{line}");
        }
    }
}
