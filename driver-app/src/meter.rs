//! The client of the taximeter bridge: one JSON object a line over a loopback socket (protocol `meter`). Reconnects for
//! ever with a bounded delay. It interprets nothing; [`crate::state`] does.

use std::{io, time::Duration};

use fareway_shared::protocol::meter::{LINE_BYTES_MAX, MeterNotice, ToBridge};
use rand::Rng;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::mpsc,
};

use crate::{app::Input, state::Action};

const RETRY_FIRST: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// Runs the client until its orders end.
pub async fn run(address: String, mut orders: mpsc::Receiver<ToBridge>, inputs: mpsc::Sender<Input>) {
    let mut delay = RETRY_FIRST;
    loop {
        match TcpStream::connect(&address).await {
            Ok(stream) => {
                delay = RETRY_FIRST;
                match converse(stream, &mut orders, &inputs).await {
                    Ok(()) => return,
                    Err(error) => tracing::warn!("taximeter bridge at {address}: {error}"),
                }
                if inputs.send(Input::new(Action::BridgeLost)).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::debug!("taximeter bridge at {address}: {error}"),
        }
        let wait = delay.mul_f64(rand::thread_rng().gen_range(0.5..1.0));
        delay = delay.saturating_mul(2).min(RETRY_MAX);
        tokio::time::sleep(wait).await;
        if inputs.is_closed() {
            return;
        }
    }
}

/// Ends with `Ok` when the app has stopped, with the reason when the bridge is gone or speaks nonsense.
async fn converse(
    stream: TcpStream,
    orders: &mut mpsc::Receiver<ToBridge>,
    inputs: &mpsc::Sender<Input>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::with_capacity(LINE_BYTES_MAX, reader);
    let mut line = Vec::new();
    let limit = u64::try_from(LINE_BYTES_MAX).unwrap_or(u64::MAX);
    loop {
        // What was read so far stays in `line` when an order comes first, so nothing is lost between two turns.
        let room = limit.saturating_sub(u64::try_from(line.len()).unwrap_or(u64::MAX));
        let mut bounded = (&mut reader).take(room);
        tokio::select! {
            read = bounded.read_until(b'\n', &mut line) => {
                read?;
                if line.last() != Some(&b'\n') {
                    let why = if line.is_empty() { "the bridge closed the connection" } else { "a line is cut or too long" };
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
                }
                let notice: MeterNotice = serde_json::from_slice(&line)?;
                line.clear();
                if inputs.send(Input::new(Action::Meter(Box::new(notice)))).await.is_err() {
                    return Ok(());
                }
            }
            order = orders.recv() => match order {
                None => return Ok(()),
                Some(order) => {
                    let mut text = serde_json::to_vec(&order)?;
                    text.push(b'\n');
                    writer.write_all(&text).await?;
                }
            },
        }
    }
}
