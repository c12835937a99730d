//! The socket to the platform: connects, moves frames, keeps the heartbeat, and connects again after a jittered, bounded
//! delay. It knows nothing of what the frames mean; [`crate::state`] does. Started by [`crate::app`]. [`tls`] is whom it trusts.

pub mod tls;

use std::{sync::Arc, time::Duration};

use fareway_shared::{
    protocol::car::{FRAME_BYTES_MAX, FromCar, HEARTBEAT_S, ToCar},
    time::{Clock, SystemClock},
};
use futures_util::{SinkExt, StreamExt};
use rand::Rng;
use rustls::ClientConfig;
use tokio::{
    net::TcpStream,
    sync::{Notify, mpsc},
    time::{Instant, timeout},
};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{Bytes, Message, error::Error as SocketError, protocol::WebSocketConfig},
};
use url::Url;

use crate::{app::Input, state::Action};

const CONNECT_MAX: Duration = Duration::from_secs(10);
const HEARTBEAT: Duration = Duration::from_secs(HEARTBEAT_S);
const SILENCE_MAX: Duration = Duration::from_secs(HEARTBEAT_S * 3);
/// A connection that lived this long was a good one: the delay starts over.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// Where the platform is and how patiently it is called.
#[derive(Clone, Debug)]
pub struct LinkSettings {
    /// `wss://…`, or `ws://…` where the line itself is safe.
    pub url: Url,
    /// For `wss://`: whom to trust ([`tls::client`]).
    pub tls: Option<Arc<ClientConfig>>,
    /// Delay before the second attempt.
    pub retry_first: Duration,
    /// Longest delay between attempts.
    pub retry_max: Duration,
    /// Delay after a refusal.
    pub rest: Duration,
}

/// What the state asks of the link.
#[derive(Debug)]
pub enum LinkOrder {
    /// Be connected from now on.
    Open,
    /// Drop the connection; connect again soon.
    Drop,
    /// Drop the connection; connect again much later.
    Rest,
    /// Send a frame; lost if there is no connection.
    Send(Box<FromCar>),
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error("the platform did not answer in {} s", CONNECT_MAX.as_secs())]
    NoAnswer,
    #[error("the platform's address has no host or port")]
    Address,
    #[error("no connection")]
    Connect(#[source] std::io::Error),
    #[error("the WebSocket failed")]
    Socket(#[from] Box<SocketError>),
    #[error("a frame is not of this protocol")]
    Frame(#[source] serde_json::Error),
    #[error("nothing was heard for {} s", SILENCE_MAX.as_secs())]
    Silent,
    #[error("the platform closed the link")]
    Closed,
}

/// How to go on after a connection.
enum Next {
    Soon,
    Rest,
    Stop,
}

/// Runs the link until its orders end.
pub async fn run(
    settings: LinkSettings,
    mut orders: mpsc::Receiver<LinkOrder>,
    overflow: Arc<Notify>,
    inputs: mpsc::Sender<Input>,
) {
    if !opened(&mut orders).await {
        return;
    }
    let mut delay = settings.retry_first;
    loop {
        let began = Instant::now();
        let mut next = Next::Soon;
        match connect(&settings).await {
            Ok(socket) => match converse(socket, &mut orders, &overflow, &inputs).await {
                Ok(after) => next = after,
                Err(error) => warn(&error),
            },
            Err(error) => warn(&error),
        }
        if matches!(next, Next::Stop) || inputs.send(Input::new(Action::LinkLost)).await.is_err() {
            return;
        }
        if began.elapsed() >= GOOD_AFTER {
            delay = settings.retry_first;
        }
        let longest = if matches!(next, Next::Rest) { settings.rest } else { delay };
        delay = delay.saturating_mul(2).min(settings.retry_max);
        let wait = longest.mul_f64(rand::thread_rng().gen_range(0.5..1.0));
        match timeout(wait, opened(&mut orders)).await {
            Ok(false) => return,
            // The driver typed a new code: no need to wait.
            Ok(true) => delay = settings.retry_first,
            Err(_) => {}
        }
    }
}

/// Waits for an order to connect; frames for a connection that is gone are dropped, the state sends them again.
async fn opened(orders: &mut mpsc::Receiver<LinkOrder>) -> bool {
    while let Some(order) = orders.recv().await {
        if matches!(order, LinkOrder::Open) {
            return true;
        }
    }
    false
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(LinkSettings { url, tls, .. }: &LinkSettings) -> Result<Socket, LinkError> {
    let host = url.host_str().ok_or(LinkError::Address)?;
    let port = url.port_or_known_default().ok_or(LinkError::Address)?;
    let stream = timeout(CONNECT_MAX, TcpStream::connect((host.trim_matches(['[', ']']), port)))
        .await
        .map_err(|_| LinkError::NoAnswer)?
        .map_err(LinkError::Connect)?;
    stream.set_nodelay(true).map_err(LinkError::Connect)?;
    let small = WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(FRAME_BYTES_MAX * 4)
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX));
    let connector = tls.clone().map_or(Connector::Plain, Connector::Rustls);
    let (socket, _) =
        timeout(CONNECT_MAX, client_async_tls_with_config(url.as_str(), stream, Some(small), Some(connector)))
            .await
            .map_err(|_| LinkError::NoAnswer)?
            .map_err(Box::new)?;
    Ok(socket)
}

async fn converse(
    mut socket: Socket,
    orders: &mut mpsc::Receiver<LinkOrder>,
    overflow: &Notify,
    inputs: &mpsc::Sender<Input>,
) -> Result<Next, LinkError> {
    let (mut heard, mut said) = (Instant::now(), Instant::now());
    loop {
        let ping_at = said + HEARTBEAT;
        let silent_at = heard + SILENCE_MAX;
        tokio::select! {
            message = socket.next() => {
                let arrived_at = SystemClock.now();
                heard = Instant::now();
                match message.ok_or(LinkError::Closed)?.map_err(Box::new)? {
                    Message::Text(text) => {
                        let frame: ToCar = serde_json::from_str(text.as_str()).map_err(LinkError::Frame)?;
                        let action = Action::FromPlatform(Box::new(frame));
                        if inputs.send(Input { action, arrived_at: Some(arrived_at) }).await.is_err() {
                            return Ok(Next::Stop);
                        }
                    }
                    Message::Close(_) => return Err(LinkError::Closed),
                    // Pings are answered by the socket itself; binary frames are not of this protocol and say nothing.
                    _ => {}
                }
            }
            order = orders.recv() => match order {
                None => {
                    close(&mut socket).await;
                    return Ok(Next::Stop);
                }
                Some(LinkOrder::Open) => {}
                Some(LinkOrder::Drop) => {
                    close(&mut socket).await;
                    return Ok(Next::Soon);
                }
                Some(LinkOrder::Rest) => {
                    close(&mut socket).await;
                    return Ok(Next::Rest);
                }
                Some(LinkOrder::Send(frame)) => {
                    said = Instant::now();
                    let text = serde_json::to_string(&frame).map_err(LinkError::Frame)?;
                    send(&mut socket, Message::text(text)).await?;
                }
            },
            () = overflow.notified() => return Ok(Next::Soon),
            () = tokio::time::sleep_until(ping_at) => {
                said = Instant::now();
                send(&mut socket, Message::Ping(Bytes::new())).await?;
            }
            () = tokio::time::sleep_until(silent_at) => return Err(LinkError::Silent),
        }
    }
}

/// Sends with a limit, so that a stalled connection cannot hold the link.
async fn send(socket: &mut Socket, message: Message) -> Result<(), LinkError> {
    timeout(CONNECT_MAX, socket.send(message)).await.map_err(|_| LinkError::NoAnswer)?.map_err(Box::new)?;
    Ok(())
}

/// Says goodbye, so that the platform need not guess; a peer that does not listen is left.
async fn close(socket: &mut Socket) {
    if timeout(Duration::from_secs(1), socket.close(None)).await.is_err() {
        tracing::debug!("the platform did not take the goodbye");
    }
}

fn warn(error: &LinkError) {
    let why = std::error::Error::source(error).map(|why| format!(": {why}")).unwrap_or_default();
    tracing::warn!("link to the platform: {error}{why}");
}
