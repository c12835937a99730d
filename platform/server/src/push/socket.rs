//! One WebSocket as the rest of this folder uses it: frames in and out, parsed and bounded. It knows no car.

use std::time::Duration;

use fareway_shared::protocol::car::{FRAME_BYTES_MAX, FromCar, LinkRefusal, ToCar};
use futures_util::{Sink, SinkExt, StreamExt, future::poll_fn};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, accept_async_with_config,
    tungstenite::{Error as WireError, Message, protocol::WebSocketConfig},
};

/// Kept for each link for as long as it lives; frames are small, so a larger one would only cost memory.
const READ_BUFFER_BYTES: usize = 1024;
/// What our own pings carry, so that an answer to them is told from an unasked pong.
const PROBE: &[u8] = b"fareway";
/// How much of a refused car's last words is read and thrown away, so that its own writes do not make the kernel discard
/// the reason we sent.
const FAREWELL_BYTES_MAX: usize = 256 * 1024;

/// What came in.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(FromCar),
    /// A sign of life without content.
    Alive,
    /// The answer to our own ping.
    Answer,
    /// Not our protocol: binary, too large, or not a message we know.
    Violation,
    /// The connection is over.
    Left,
}

/// The connection broke while writing.
#[derive(Debug)]
pub(super) struct Broken;

/// One WebSocket.
#[derive(Debug)]
pub(super) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// Answers the HTTP upgrade. The caller sets the time limit.
    pub(super) async fn accept(stream: TcpStream) -> Result<Self, Broken> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(FRAME_BYTES_MAX.saturating_mul(4))
            .max_message_size(Some(FRAME_BYTES_MAX))
            .max_frame_size(Some(FRAME_BYTES_MAX));
        accept_async_with_config(stream, Some(config)).await.map(Self).map_err(|_| Broken)
    }

    /// The next frame. Nothing is lost if the caller stops waiting.
    pub(super) async fn next(&mut self) -> Incoming {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).map_or(Incoming::Violation, Incoming::Message),
            Some(Ok(Message::Ping(_))) => Incoming::Alive,
            Some(Ok(Message::Pong(payload))) if payload == PROBE => Incoming::Answer,
            Some(Ok(Message::Pong(_))) => Incoming::Alive,
            Some(Ok(Message::Binary(_) | Message::Frame(_))) => Incoming::Violation,
            Some(Err(WireError::Capacity(_) | WireError::Utf8(_))) => Incoming::Violation,
            Some(Ok(Message::Close(_)) | Err(_)) | None => Incoming::Left,
        }
    }

    /// Writes messages and sees them into the kernel.
    pub(super) async fn write(&mut self, messages: impl IntoIterator<Item = ToCar>) -> Result<(), Broken> {
        for message in messages {
            let text = serde_json::to_string(&message).map_err(|_| Broken)?;
            self.0.feed(Message::text(text)).await.map_err(|_| Broken)?;
        }
        self.0.flush().await.map_err(|_| Broken)
    }

    /// Asks the car whether it lives.
    pub(super) async fn ping(&mut self) -> Result<(), Broken> {
        self.0.send(Message::Ping(PROBE.into())).await.map_err(|_| Broken)
    }

    /// Says why, closes, and lets the car read it, all within a time limit.
    pub(super) async fn refuse(mut self, reason: LinkRefusal, within: Duration) {
        let farewell = async {
            self.write([ToCar::Refused { reason }]).await?;
            poll_fn(|context| Sink::<Message>::poll_close(std::pin::Pin::new(&mut self.0), context))
                .await
                .map_err(|_| Broken)?;
            let stream = self.0.get_mut();
            stream.shutdown().await.map_err(|_| Broken)?;
            let mut unread = stream.take(u64::try_from(FAREWELL_BYTES_MAX).unwrap_or(u64::MAX));
            tokio::io::copy(&mut unread, &mut tokio::io::sink()).await.map_err(|_| Broken)
        };
        // Boxed: an idle link never needs this. Out of time or broken, the connection closes all the same.
        let _ = timeout(within, Box::pin(farewell)).await;
    }
}
