//! What a sandbox is told before it starts: addresses, keys, merchants, apps, users, how it misbehaves.
//!
//! Made by `cli` from flags and a file, or by tests directly. Holds loaded keys, never paths.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use alipay_global::sign::{Md5Key, PrivateKey, PublicKey, SignType};

/// Resends after the first try: 2m, 10m, 10m, 1h, 2h, 6h, 15h (alipay.md §7.2, global pages).
pub const RESEND: [Duration; 7] = [
    Duration::from_secs(2 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(10 * 60),
    Duration::from_secs(60 * 60),
    Duration::from_secs(2 * 60 * 60),
    Duration::from_secs(6 * 60 * 60),
    Duration::from_secs(15 * 60 * 60),
];

/// The buyer of the documents' examples, and a second payer.
pub const FIRST_USER: &str = "2088102150477652";
/// Another account, for two phones on one bill.
pub const SECOND_USER: &str = "2088102150477660";
/// The PIN of the test users.
pub const TEST_PIN: &str = "123456";

/// Everything a sandbox needs to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address to listen on; loopback unless said otherwise.
    pub host: IpAddr,
    /// Port of gateways, authorise page and wallet; 0 picks a free one.
    pub port: u16,
    /// Port of the phone's own listener; `None` is the port above plus one (any, if that was 0).
    pub wallet_port: Option<u16>,
    /// Alipay's key pair: signs answers and notices.
    pub alipay_key: PrivateKey,
    /// Known apps, for the openapi gateway and the authorise page.
    pub apps: Vec<App>,
    /// Known merchants, for the mapi gateway.
    pub merchants: Vec<Merchant>,
    /// Accounts that can pay.
    pub users: Vec<User>,
    /// Waits between the sends of one notice.
    pub resend: Vec<Duration>,
    /// How many times faster than the real schedule notices are resent; at least 1.
    pub time_scale: u32,
    /// How long the merchant may take to answer a notice.
    pub notify_timeout: Duration,
    /// How long an answer is held back by `time_out_but_paid`.
    pub hang: Duration,
    /// Seed of the faults drawn by chance.
    pub seed: u64,
    /// How many of all askings go wrong by chance, 0 to 1.
    pub fault_rate: f64,
    /// Hosts besides loopback that the phone may open.
    pub wallet_hosts: Vec<String>,
}

/// An application of the open platform.
#[derive(Clone, Debug)]
pub struct App {
    /// APPID.
    pub app_id: String,
    /// The app's public key; requests are verified with it.
    pub public_key: PublicKey,
    /// Registered callbacks (compared without query); none means any.
    pub callbacks: Vec<String>,
}

/// A merchant of the mapi gateway.
#[derive(Clone, Debug)]
pub struct Merchant {
    /// PID.
    pub partner: String,
    /// Shown by the cashier where the order names no secondary merchant.
    pub name: String,
    /// Shared key, if MD5 is agreed.
    pub md5_key: Option<Md5Key>,
    /// The merchant's public key, if RSA or RSA2 is agreed.
    pub public_key: Option<PublicKey>,
    /// Signature types agreed; none means whatever the keys allow.
    pub sign_types: Vec<SignType>,
}

/// An account that can pay.
#[derive(Clone, Debug)]
pub struct User {
    /// 2088 and 12 digits.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Masked login, as notices and answers show it.
    pub login: String,
    /// Six digits.
    pub pin: String,
}

impl Settings {
    /// A sandbox on loopback and free ports, with the two test users and no misbehaviour.
    pub fn new(alipay_key: PrivateKey, app: App, merchant: Merchant) -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            wallet_port: None,
            alipay_key,
            apps: vec![app],
            merchants: vec![merchant],
            users: test_users(),
            resend: RESEND.to_vec(),
            time_scale: 1,
            notify_timeout: Duration::from_secs(10),
            hang: Duration::from_secs(30),
            seed: 0,
            fault_rate: 0.0,
            wallet_hosts: Vec::new(),
        }
    }

    /// The merchant with this PID.
    pub fn merchant(&self, partner: &str) -> Option<&Merchant> {
        self.merchants.iter().find(|merchant| merchant.partner == partner)
    }

    /// The app with this APPID.
    pub fn app(&self, app_id: &str) -> Option<&App> {
        self.apps.iter().find(|app| app.app_id == app_id)
    }

    /// The account with this id.
    pub fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// A wait of the real schedule, as long as it is here.
    pub fn scaled(&self, wait: Duration) -> Duration {
        wait.checked_div(self.time_scale.max(1)).unwrap_or_default()
    }
}

/// The test users that every sandbox has unless its configuration names others.
pub fn test_users() -> Vec<User> {
    let user = |id: &str, name_zh: &str, name_en: &str, login: &str| User {
        id: id.into(),
        name_zh: name_zh.into(),
        name_en: name_en.into(),
        login: login.into(),
        pin: TEST_PIN.into(),
    };
    vec![
        user(FIRST_USER, "李明", "Li Ming", "lim***@example.com"),
        user(SECOND_USER, "陈静", "Chen Jing", "che***@example.com"),
    ]
}
