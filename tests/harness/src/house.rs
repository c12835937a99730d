//! A platform of its own beside a sandbox of its own: folder, database, ports and clock. Two fleets: the first in yuan
//! with RSA2, the second in baht with MD5.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, Ordering},
    },
    time::Duration,
};

use alipay_global::sign::{Md5Key, SignType};
use alipay_sandbox::settings::{App as SandboxApp, FIRST_USER, Merchant, SECOND_USER, Settings};
use fareway::{
    app::{App, Running, open_house_for_command},
    config::Config,
    console::ports::{ConsoleDesk, ConsoleRead},
    identity::service::{IdentityService, IdentitySettings},
    store::Store,
    workflow::House as Desk,
};
use fareway_shared::{
    id::{FleetId, VehicleId},
    time::{Clock, SystemClock, Timestamp},
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{alipay::Alipay, car::Car, gate::Gate, keys, passenger::Passenger, program::Program, wire::Wire};

/// The app of both fleets.
pub const APP_ID: &str = "2021000000000001";
/// The PIDs of the two fleets.
pub const PARTNERS: [&str; 2] = ["2088000000000001", "2088000000000002"];
/// The second fleet's MD5 key, which it shares with the sandbox.
pub const MD5_KEY: &str = "0123456789abcdef0123456789abcdef";

/// The machine's clock, moved forward at will: deadlines come without waiting.
#[derive(Debug, Default)]
pub struct MovedClock(AtomicI64);

impl MovedClock {
    /// Moves the platform's clock forward.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(i64::try_from(span.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        Timestamp(SystemClock.now().0.saturating_add(self.0.load(Ordering::SeqCst)))
    }
}

/// The two fleets.
#[must_use]
pub fn fleets() -> [FleetId; 2] {
    [1, 2].map(|number| FleetId(Uuid::from_u128(0x0198_b2c4_0000_7000_8000_0000_0000_0000 + number)))
}

/// Everything.
pub struct House {
    /// The sandbox's control line.
    pub alipay: Alipay,
    /// The platform's clock.
    pub clock: Arc<MovedClock>,
    /// Where passengers' links begin.
    pub public_url: String,
    /// The middle of everything that is said to and by the platform.
    pub between: Between,
    config: Config,
    sandbox: alipay_sandbox::Running,
    platform: Platform,
    folder: TempDir,
}

/// Where a test can listen in, hold and put in messages.
#[derive(Clone, Debug)]
pub struct Between {
    /// Before the platform's pages and notices.
    pub pages: Gate,
    /// Before Alipay's gateways, for the platform's calls.
    pub alipay: Gate,
    /// In the cars' links.
    pub cars: Wire,
}

/// How the platform runs.
enum Platform {
    Stopped,
    /// In the test's own process.
    Within(Running),
    /// As the real program; beside it the desk, on the same database.
    Program {
        program: Program,
        desk: Arc<Desk>,
        store: Store,
    },
}

/// How a house differs from the plain one.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// `postgres://…`; SQLite in the house's folder if absent.
    pub database: Option<String>,
    /// How long Alipay may take to answer, seconds; short, so that time-outs are quick.
    pub read_timeout_s: Option<u64>,
    /// Run this executable instead of the platform within the test's process.
    pub program: Option<PathBuf>,
}

impl House {
    /// A house on SQLite.
    pub async fn start() -> Self {
        Self::as_planned(Plan::default()).await
    }

    /// A house as planned.
    pub async fn as_planned(plan: Plan) -> Self {
        let folder = TempDir::new().unwrap();
        let sandbox = alipay_sandbox::start(sandbox_settings()).await.unwrap();
        let (http, cars) = (free_port(), free_port());
        let between =
            Between { pages: Gate::to(http).await, alipay: Gate::to(sandbox.addr).await, cars: Wire::to(cars).await };
        let config = write_settings(folder.path(), &sandbox, &between, [http, cars], &plan);
        let clock = Arc::new(MovedClock::default());
        let alipay = Alipay::at(&sandbox.gateway_url());
        let public_url = config.server.public_url.clone();
        let platform = Platform::Stopped;
        let mut house = Self { alipay, clock, public_url, between, config, sandbox, platform, folder };
        match &plan.program {
            None => house.boot().await,
            Some(executable) => house.launch(executable).await,
        }
        house
    }

    async fn boot(&mut self) {
        let app = App::build(&self.config, self.clock.clone()).await.unwrap();
        self.platform = Platform::Within(app.start().unwrap());
    }

    async fn launch(&mut self, executable: &Path) {
        let program = Program::at(executable, &self.settings_file());
        program.start().await;
        let (desk, store) = open_house_for_command(&self.config).await.unwrap();
        self.platform = Platform::Program { program, desk, store };
    }

    /// The platform that runs within the test's process.
    ///
    /// # Panics
    /// It is stopped, or runs as a program.
    #[must_use]
    pub fn platform(&self) -> &Running {
        match &self.platform {
            Platform::Within(running) => running,
            Platform::Stopped | Platform::Program { .. } => panic!("the platform does not run within the test"),
        }
    }

    /// The platform's program.
    ///
    /// # Panics
    /// It runs within the test's process.
    #[must_use]
    pub fn program(&self) -> &Program {
        match &self.platform {
            Platform::Program { program, .. } => program,
            Platform::Stopped | Platform::Within(_) => panic!("the platform does not run as a program"),
        }
    }

    /// The dispatcher's and the passengers' desk.
    ///
    /// # Panics
    /// The platform is stopped.
    #[must_use]
    pub fn desk(&self) -> &Arc<Desk> {
        match &self.platform {
            Platform::Within(running) => &running.house,
            Platform::Program { desk, .. } => desk,
            Platform::Stopped => panic!("the platform is stopped"),
        }
    }

    /// Stops the platform; cars and phones stay.
    pub async fn stop_platform(&mut self) {
        if let Platform::Within(running) = std::mem::replace(&mut self.platform, Platform::Stopped) {
            running.stop().await;
        }
    }

    /// Starts the platform again on the same database and ports.
    pub async fn start_platform(&mut self) {
        self.boot().await;
    }

    /// The settings file, for starting the program itself.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.folder.path().join("fareway.toml")
    }

    /// A second platform on the same database, as a program of its own. Returns it with where cars reach it.
    pub async fn another_program(&self, executable: &Path) -> (Program, String) {
        let (http, cars) = (free_port(), free_port());
        let settings = std::fs::read_to_string(self.settings_file()).unwrap();
        let moved = settings
            .replace(&format!("http = \"{}\"", self.config.server.http), &format!("http = \"{http}\""))
            .replace(&format!("cars = \"{}\"", self.config.server.cars), &format!("cars = \"{cars}\""));
        let file = self.folder.path().join("another.toml");
        std::fs::write(&file, moved).unwrap();
        let program = Program::at(executable, &file);
        program.start().await;
        (program, format!("ws://{cars}"))
    }

    /// A car of the first fleet, enrolled and linked to the platform at an address of its own.
    pub async fn car_at(&self, plate: &str, cars_url: &str) -> Car {
        let [first, _] = fleets();
        let vehicle = self.desk().register_vehicle(first, plate, Some("王师傅"), self.clock.now()).await.unwrap();
        let car = Car::start(vehicle, plate, cars_url).await;
        car.enrol(&self.enrolment_code(first, vehicle).await).await;
        car
    }

    /// A car of the first fleet, enrolled and linked.
    pub async fn car(&self, plate: &str) -> Car {
        self.car_of(0, plate).await
    }

    /// A car of one of the two fleets, enrolled and linked.
    pub async fn car_of(&self, fleet: usize, plate: &str) -> Car {
        let fleet = *fleets().get(fleet).expect("two fleets");
        let vehicle = self.desk().register_vehicle(fleet, plate, Some("王师傅"), self.clock.now()).await.unwrap();
        let car = Car::start(vehicle, plate, &format!("ws://{}", self.between.cars.address)).await;
        car.enrol(&self.enrolment_code(fleet, vehicle).await).await;
        car
    }

    /// A code from the console that makes a unit this car's.
    pub async fn enrolment_code(&self, fleet: FleetId, vehicle: VehicleId) -> String {
        self.desk().enrolment_code(fleet, vehicle, self.clock.now()).await.unwrap()
    }

    /// A phone of the sandbox's first user.
    pub async fn passenger(&self) -> Passenger {
        self.phone_of(FIRST_USER).await
    }

    /// A phone of the sandbox's second user.
    pub async fn other_passenger(&self) -> Passenger {
        self.phone_of(SECOND_USER).await
    }

    async fn phone_of(&self, user: &str) -> Passenger {
        Passenger::with_phone(user, &self.alipay, &self.sandbox.authorize_url(), &self.public_url).await
    }

    /// The wallet in a browser, with a scanned link opened in its phone.
    #[must_use]
    pub fn wallet_url(&self, link: &str) -> String {
        let mut wallet = url::Url::parse(&self.sandbox.wallet_url()).expect("the wallet's address");
        wallet.query_pairs_mut().append_pair("open", link);
        wallet.to_string()
    }

    /// A dispatcher of the first fleet, who can sign in at the console.
    pub async fn dispatcher(&self, name: &str, password: &str) {
        let [first, _] = fleets();
        let (_, store) = open_house_for_command(&self.config).await.unwrap();
        let identity = IdentityService::new(Arc::new(store.clone()), IdentitySettings::default());
        identity.create_dispatcher(first, name, password.to_owned()).await.unwrap();
        store.close().await;
    }

    /// The first fleet's board on the console.
    pub async fn board(&self) -> fareway::console::ports::Board {
        let [first, _] = fleets();
        self.desk().board(first, self.clock.now()).await.unwrap()
    }

    /// What an account of the first fleet holds, minor units: debits less credits.
    pub async fn balance(&self, account: &str) -> i64 {
        let [first, _] = fleets();
        match &self.platform {
            Platform::Within(running) => running.balance(first, account).await.unwrap(),
            Platform::Program { store, .. } => store.balance(first, account).await.unwrap(),
            Platform::Stopped => panic!("the platform is stopped"),
        }
    }
}

fn sandbox_settings() -> Settings {
    let (alipay, ours) = (keys::alipay(), keys::ours());
    let public = ours.public_key().unwrap();
    let [first, second] = PARTNERS;
    let app = SandboxApp { app_id: APP_ID.into(), public_key: public.clone(), callbacks: Vec::new() };
    let rsa2 = Merchant {
        partner: first.into(),
        name: "苏州蓝鸟出租".into(),
        md5_key: None,
        public_key: Some(public),
        sign_types: vec![SignType::Rsa2],
    };
    let md5 = Merchant {
        partner: second.into(),
        name: "Bangkok Taxi".into(),
        md5_key: Some(Md5Key::parse(MD5_KEY).unwrap()),
        public_key: None,
        sign_types: vec![SignType::Md5],
    };
    let mut settings = Settings::new(alipay, app, rsa2);
    settings.merchants.push(md5);
    // The resend schedule in seconds instead of minutes and hours.
    settings.time_scale = 600;
    settings.hang = Duration::from_secs(4);
    settings
}

/// A port that is free now and stays so: the platform must know its own address before it starts, to write it into links.
/// From below the range in which the system picks ports for outgoing connections, so that none of those takes it
/// meanwhile.
fn free_port() -> SocketAddr {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    for _ in 0..COUNT {
        let step = std::process::id().wrapping_mul(7).wrapping_add(TAKEN.fetch_add(1, Ordering::SeqCst)) % COUNT;
        let address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(FIRST + step).unwrap()));
        if std::net::TcpListener::bind(address).is_ok() {
            return address;
        }
    }
    panic!("no port between {FIRST} and {} is free", FIRST + COUNT);
}

fn write_settings(
    folder: &Path,
    sandbox: &alipay_sandbox::Running,
    between: &Between,
    [http, cars]: [SocketAddr; 2],
    plan: &Plan,
) -> Config {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("ours.pem", &keys::ours().to_pem().unwrap());
    write("alipay.pem", &keys::alipay().public_key().unwrap().to_pem());
    write("fleet-2.md5", MD5_KEY);
    let ([first, second], [partner, partner_2]) = (fleets(), PARTNERS);
    let gateway = format!("http://{}/gateway.do", between.alipay.address);
    let database = plan.database.clone().unwrap_or_else(|| "sqlite:fareway.db".to_owned());
    let text = format!(
        r#"
[server]
http = "{http}"
cars = "{cars}"
public_url = "http://{pages}"
[database]
url = "{database}"
[dispatch]
tick_ms = 100
[alipay]
app_id = "{APP_ID}"
openapi_gateway = "{gateway}"
authorize_url = "{authorize}"
private_key = "ours.pem"
alipay_public_key = "alipay.pem"
read_timeout_s = {timeout}
[[fleet]]
id = "{first}"
name = "苏州蓝鸟出租"
currency = "CNY"
[fleet.alipay]
partner = "{partner}"
gateway = "{gateway}"
sign_type = "RSA2"
private_key = "ours.pem"
alipay_public_key = "alipay.pem"
secondary_merchant_id = "SZBLUEBIRD"
secondary_merchant_name = "Suzhou Bluebird Taxi"
store_id = "SZ01"
store_name = "Suzhou"
[[fleet]]
id = "{second}"
name = "Bangkok Taxi"
currency = "THB"
[fleet.alipay]
partner = "{partner_2}"
gateway = "{gateway}"
sign_type = "MD5"
md5_key = "fleet-2.md5"
secondary_merchant_id = "BKKTAXI"
secondary_merchant_name = "Bangkok Taxi"
store_id = "BKK01"
store_name = "Bangkok"
extend_params_case = "upper"
"#,
        pages = between.pages.address,
        authorize = sandbox.authorize_url(),
        timeout = plan.read_timeout_s.unwrap_or(2),
    );
    let file = folder.join("fareway.toml");
    std::fs::write(&file, text).unwrap();
    Config::load(&file).unwrap()
}
