//! The composition root: adapters into services, services into delivery. Built first, then run: a built app knows its
//! ports, so tests bind port 0.

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{App as Actix, HttpServer, dev::ServerHandle, web};
use alipay_global::{Http, settings::SettingsError};
use fareway_matching::roads::{Crow, Eta, Roads};
use fareway_shared::{
    id::FleetId,
    time::{Clock, Timestamp},
};
use tokio::{sync::watch, task::JoinHandle};

use crate::{
    alipay::{gateway::AlipayGateway, settings},
    config::{Config, ConfigError, Fleet},
    console::{
        self,
        feed::Feeds,
        ports::{ConsoleDesk, ConsoleRead},
    },
    fleet::{
        key_ring::KeyRing,
        ports::{CarLinks, FleetStore, KeyStore},
    },
    http::{Edge, assets, headers::FrameAncestors},
    identity::service::{IdentityService, IdentitySettings},
    jobs::{self, Jobs},
    matching::plan::PlanTerms,
    passenger::{self, token::TokenKey, visit::PassengerPages},
    payment, platform_key,
    push::{hub::Hub, listener::PushListener, settings::PushSettings},
    reservation::model::BookingTerms,
    store::{OpenError, Store},
    store_error::StoreError,
    tariff::service::TariffService,
    workflow::{FleetTerms, House, KeySealer, Parts, SystemFresh, dispatch::DispatchTerms, live::Live},
};

/// Why the platform did not start, for the operator.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Alipay's settings.
    #[error("the Alipay settings cannot be used")]
    Alipay(#[from] SettingsError),
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The fleets could not be stored.
    #[error("the fleets of the settings could not be stored")]
    Fleets(#[from] StoreError),
    /// The key file and the database do not belong together.
    #[error(
        "the file of keys.platform does not hold the key that this database's cars believe; restore it from its backup"
    )]
    ForeignKey,
    /// A succession is not announced yet.
    #[error("keys.platform has a new key that cars have not heard of; restart `fareway serve` first, then try again")]
    KeyNotAnnounced,
    /// An address is taken or not allowed.
    #[error("{key} = {address} cannot be listened on; another program may use it, or it needs more rights")]
    Listen {
        /// The settings key.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// The system's error.
        source: std::io::Error,
    },
}

/// A platform that is built and bound, not yet running.
pub struct App {
    /// Where pages, console and notices are served.
    pub http: SocketAddr,
    /// Where cars connect.
    pub cars: SocketAddr,
    /// The use cases, for commands and tests.
    pub house: Arc<House>,
    listener: TcpListener,
    push: PushListener,
    store: Store,
    jobs: Jobs,
    clock: Arc<dyn Clock>,
    delivery: Delivery,
    stop: watch::Sender<bool>,
}

/// What the routes share.
struct Delivery {
    pages: PassengerPages,
    ancestors: FrameAncestors,
    edge: Edge,
    identity: Arc<IdentityService>,
}

/// A running platform.
pub struct Running {
    /// Where pages, console and notices are served.
    pub http: SocketAddr,
    /// Where cars connect.
    pub cars: SocketAddr,
    /// The use cases.
    pub house: Arc<House>,
    stop: watch::Sender<bool>,
    server: ServerHandle,
    tasks: Vec<JoinHandle<()>>,
    store: Store,
}

/// Opens the store and joins the parts that need no listener; commands such as `fareway vehicle add` use it too.
///
/// # Errors
/// A sentence for the operator.
pub async fn open_house(
    config: &Config,
    keys: KeyRing,
    links: Arc<dyn CarLinks>,
) -> Result<(Arc<House>, Store), StartError> {
    let store = Store::open(&database_url(config), Arc::new(KeySealer(keys.current().clone()))).await?;
    let mut terms = HashMap::new();
    let mut merchants = Vec::new();
    for (index, fleet) in config.fleet.iter().enumerate() {
        store.put_fleet(fleet.id, &fleet.name, fleet.currency).await?;
        let entry = FleetTerms {
            name: fleet.name.clone(),
            zone: fleet.zone.clone(),
            currency: fleet.currency,
            cap_minor: fleet.extras_cap_minor,
            dispatch: dispatch_terms(config, index, fleet)?,
        };
        if terms.insert(fleet.id, entry).is_some() {
            let message = format!("{} is the id of two fleets", fleet.id);
            return Err(ConfigError::key(format!("fleet[{index}].id"), message).into());
        }
        merchants.push((fleet.id, settings::merchant(config, index, fleet)?, fleet.alipay.notify_verify));
    }
    let http = Http::new(settings::timeouts(config))?;
    let callback = format!("{}/p/callback", config.server.public_url)
        .parse()
        .map_err(|_| ConfigError::key("server.public_url", "is not an address"))?;
    let gateway = Arc::new(AlipayGateway::new(http, settings::provider(config)?, callback, merchants)?);
    let shared = Arc::new(store.clone());
    let house = House::new(Parts {
        books: shared.clone(),
        fleet_store: shared.clone(),
        passenger_store: shared.clone(),
        console_read: shared.clone(),
        reservations: shared.clone(),
        offers: shared.clone(),
        trips: shared.clone(),
        tariffs: TariffService::new(shared),
        gateway: gateway.clone(),
        sign_in: gateway,
        links,
        live: Arc::new(Live::default()),
        keys,
        fresh: Arc::new(SystemFresh),
        terms,
        public_url: config.server.public_url.clone(),
        life: Duration::from_secs(u64::from(config.payment.life_minutes).saturating_mul(60)),
    });
    Ok((Arc::new(house), store))
}

/// What a fleet's settings say of dispatch, with its map opened.
fn dispatch_terms(config: &Config, index: usize, fleet: &Fleet) -> Result<DispatchTerms, ConfigError> {
    let set = &fleet.dispatch;
    let roads = match &set.map {
        None => None,
        Some(path) => {
            let path = config.path(path);
            let failed = |message: String| ConfigError::KeyFile {
                key: format!("fleet[{index}].dispatch.map"),
                path: path.clone(),
                message,
            };
            let bytes = std::fs::read(&path).map_err(|error| failed(format!("cannot be read: {error}")))?;
            Some(Roads::open(&bytes).map_err(|error| failed(format!("is no map: {error}")))?)
        }
    };
    let seconds = Duration::from_secs;
    Ok(DispatchTerms {
        booking: BookingTerms {
            patience: seconds(set.patience_s),
            lead: seconds(set.lead_s),
            ahead_max: seconds(set.ahead_days.saturating_mul(86_400)),
            seats_max: set.seats_max,
        },
        open_per_contact: set.open_per_contact,
        plan: PlanTerms { pickup_s_max: set.pickup_s_max, fair_s: set.fair_s, fair_after_s: set.fair_after_s },
        offer: seconds(set.offer_s),
        position_age: seconds(set.position_age_s),
        broadcast_after: set.broadcast_after,
        broadcast_cars: set.broadcast_cars,
        refusal_rest: seconds(set.refusal_rest_s),
        no_show_after: seconds(set.no_show_after_s),
        boarding_pin: set.boarding_pin,
        eta: Arc::new(Eta::new(roads, Crow::default())),
    })
}

/// The house that commands work in, beside a running platform or without one. It signs only what cars would believe.
///
/// # Errors
/// A sentence for the operator.
pub async fn open_house_for_command(config: &Config) -> Result<(Arc<House>, Store), StartError> {
    let keys = platform_key::load_or_make(config)?;
    let current = keys.current().public();
    let (house, store) = open_house(config, keys, Arc::new(Hub::new())).await?;
    match store.believed().await? {
        Some(believed) if believed != current => Err(StartError::KeyNotAnnounced),
        _ => Ok((house, store)),
    }
}

/// Sees to it that cars believe, or will, what this platform signs.
async fn announce_key(keys: &KeyRing, store: &Store, now: Timestamp) -> Result<(), StartError> {
    let Some(believed) = store.believed().await? else {
        return Ok(store.first(&keys.current().public(), now).await?);
    };
    let steps = keys.steps_from(&believed).ok_or(StartError::ForeignKey)?;
    for (old, new) in steps {
        let cars = store.succeed(&old, &new, now).await?;
        tracing::info!(cars, "a new platform key is announced to the cars");
    }
    Ok(())
}

/// `sqlite:` paths are taken from the settings file's folder.
fn database_url(config: &Config) -> String {
    match config.database.url.strip_prefix("sqlite:") {
        Some(path) => format!("sqlite:{}", config.path(path.as_ref()).display()),
        None => config.database.url.clone(),
    }
}

impl App {
    /// Builds and binds everything.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn build(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let hub = Arc::new(Hub::new());
        let keys = platform_key::load_or_make(config)?;
        let (house, store) = open_house(config, keys.clone(), hub.clone()).await?;
        announce_key(&keys, &store, clock.now()).await?;
        let address = config.server.http;
        let listener = TcpListener::bind(address)
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .map_err(|source| StartError::Listen { key: "server.http", address, source })?;
        let address = config.server.cars;
        let cars_failed = |source| StartError::Listen { key: "server.cars", address, source };
        let links_max = u32::try_from(config.server.cars_max).unwrap_or(u32::MAX);
        let limits = PushSettings { links_max, ..PushSettings::default() };
        let push = PushListener::bind(address, limits, house.clone(), hub.clone(), clock.clone())
            .await
            .map_err(cars_failed)?;
        let (stop, stopping) = watch::channel(false);
        let edge = Edge {
            clock: clock.clone(),
            secure_cookies: config.server.public_url.starts_with("https"),
            behind_proxy: config.server.behind_proxy,
            stopping,
        };
        let ancestors = FrameAncestors::parse(&config.server.passenger_frame_ancestors)
            .map_err(|error| ConfigError::key("server.passenger_frame_ancestors", error))?;
        let identity = IdentityService::new(Arc::new(store.clone()), IdentitySettings::default());
        let (current, earlier) = house.token_secrets();
        let pages = PassengerPages::new(house.clone(), TokenKey::new(current, earlier), edge.clone());
        let shared = Arc::new(store.clone());
        let jobs = Jobs {
            house: house.clone(),
            books: shared.clone(),
            fleet_store: shared.clone(),
            offers: shared.clone(),
            reservations: shared,
            dispatch_tick: Duration::from_millis(config.dispatch.tick_ms),
            links: hub,
            clock: clock.clone(),
        };
        Ok(Self {
            http: listener.local_addr().map_err(|source| StartError::Listen { key: "server.http", address, source })?,
            cars: push.local_addr().map_err(cars_failed)?,
            house,
            listener,
            push,
            store,
            jobs,
            clock,
            delivery: Delivery { pages, ancestors, edge, identity: Arc::new(identity) },
            stop,
        })
    }

    /// Starts serving. The returned value stops it.
    ///
    /// # Errors
    /// The HTTP server cannot start.
    pub fn start(self) -> Result<Running, std::io::Error> {
        let payments = web::Data::from(self.house.payments.clone());
        let clock = web::Data::new(self.clock.clone());
        let desk: Arc<dyn ConsoleDesk> = self.house.clone();
        let desk = web::Data::from(desk);
        let Delivery { pages, ancestors, edge, identity } = self.delivery;
        let (pages, edge, identity) = (web::Data::new(pages), web::Data::new(edge), web::Data::from(identity));
        let feeds = web::Data::new(Feeds::default());
        let server = HttpServer::new(move || {
            let (pages, ancestors) = (pages.clone(), ancestors.clone());
            Actix::new()
                .app_data(payments.clone())
                .app_data(clock.clone())
                .app_data(desk.clone())
                .app_data(edge.clone())
                .app_data(identity.clone())
                .app_data(feeds.clone())
                .configure(payment::routes::configure)
                .configure(|routes| passenger::routes::configure(routes, pages, ancestors))
                .configure(console::routes::configure)
                .configure(assets::configure)
        })
        .workers(2)
        .disable_signals()
        .shutdown_timeout(5)
        .listen(self.listener)?
        .run();
        let handle = server.handle();
        let mut tasks = jobs::start(self.jobs, self.stop.subscribe());
        tasks.push(tokio::spawn(self.push.run(self.stop.subscribe())));
        tasks.push(tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "the HTTP server ended");
            }
        }));
        Ok(Running {
            http: self.http,
            cars: self.cars,
            house: self.house,
            stop: self.stop,
            server: handle,
            tasks,
            store: self.store,
        })
    }
}

impl Running {
    /// What an account of a fleet holds, minor units: debits less credits.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn balance(&self, fleet: FleetId, account: &str) -> Result<i64, StoreError> {
        self.store.balance(fleet, account).await
    }

    /// Stops: no new work, what is underway finishes, the database closes last.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        self.server.stop(true).await;
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a task ended badly");
            }
        }
        self.store.close().await;
    }
}
