//! Build, then run: binds both listeners, wires every route, returns a value that knows its addresses
//! and can be stopped.

use std::{
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use thiserror::Error;
use tokio::{task::JoinHandle, time};

use crate::{
    authorize, control, gateway,
    notifier::Notifier,
    sandbox::{Sandbox, now},
    settings::Settings,
    wallet::{self, Phones},
};

/// How often trades whose time is over are closed.
const LAPSE_CHECK: Duration = Duration::from_secs(1);

/// Why the sandbox did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// An address is taken or not ours.
    #[error("cannot listen on {address}: {source}; choose another --port or --wallet-port, or 0 for a free one")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The HTTP client could not be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
    /// The server could not be set up.
    #[error("the server cannot be set up: {0}")]
    Server(#[from] std::io::Error),
}

/// A running sandbox; stops when dropped.
#[derive(Debug)]
pub struct Running {
    /// Gateways, authorise page and wallet.
    pub addr: SocketAddr,
    /// The phone's own listener.
    pub wallet_addr: SocketAddr,
    sandbox: web::Data<Sandbox>,
    servers: [ServerHandle; 2],
    lapse_check: JoinHandle<()>,
}

impl Running {
    /// Address of both gateways.
    pub fn gateway_url(&self) -> String {
        format!("http://{}/gateway.do", self.addr)
    }

    /// Address of the authorise page.
    pub fn authorize_url(&self) -> String {
        format!("http://{}/oauth2/publicAppAuthorize.htm", self.addr)
    }

    /// Address of the wallet page.
    pub fn wallet_url(&self) -> String {
        format!("http://{}/wallet", self.addr)
    }

    /// Stops listening and sending; requests under way are dropped.
    pub async fn stop(self) {
        self.sandbox.notifier.stop();
        for server in &self.servers {
            server.stop(false).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.sandbox.notifier.stop();
        self.lapse_check.abort();
        for server in &self.servers {
            drop(server.stop(false));
        }
    }
}

/// Starts a sandbox on the current tokio runtime.
///
/// # Errors
/// [`StartError`], each a sentence to act on.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let listener = listen(SocketAddr::new(settings.host, settings.port))?;
    let addr = listener.local_addr()?;
    let wallet_port = settings.wallet_port.unwrap_or(match settings.port {
        0 => 0,
        port => port.wrapping_add(1),
    });
    let phone_listener = listen(SocketAddr::new(settings.host, wallet_port))?;
    let wallet_addr = phone_listener.local_addr()?;

    let notifier = Notifier::new(&settings)?;
    let sandbox = Sandbox::new(settings, notifier, Phones::new()?, addr.port(), wallet_addr.port());
    let sandbox = web::Data::new(sandbox);
    let (main_data, phone_data) = (sandbox.clone(), sandbox.clone());
    let main = HttpServer::new(move || App::new().app_data(main_data.clone()).configure(main_routes))
        .workers(1)
        .disable_signals()
        .listen(listener)?
        .run();
    let phone = HttpServer::new(move || App::new().app_data(phone_data.clone()).configure(wallet::phone_routes))
        .workers(1)
        .disable_signals()
        .listen(phone_listener)?
        .run();
    let servers = [main.handle(), phone.handle()];
    tokio::spawn(main);
    tokio::spawn(phone);
    let watched = sandbox.clone();
    let lapse_check = tokio::spawn(async move { close_lapsed(&watched).await });
    Ok(Running { addr, wallet_addr, sandbox, servers, lapse_check })
}

fn main_routes(config: &mut web::ServiceConfig) {
    gateway::routes(config);
    authorize::routes(config);
    wallet::routes(config);
    control::routes(config);
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).map_err(|source| StartError::Listen { address, source })
}

async fn close_lapsed(sandbox: &Sandbox) {
    let mut ticks = time::interval(LAPSE_CHECK);
    loop {
        ticks.tick().await;
        sandbox.close_lapsed(now());
    }
}
