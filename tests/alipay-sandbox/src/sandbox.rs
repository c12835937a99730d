//! The whole sandbox as one value: settings, books, notifier. Every handler has it; what gateways,
//! cashier and faults do in common is here. The one place that reads the clock and makes random texts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use alipay_global::sign::{SignType, SigningKey, VerifyingKey};
use jiff::Timestamp;
use rand::RngCore;

use crate::{
    auth::AuthBook,
    fault::{FaultBook, Point, Strike},
    notice::Notice,
    notifier::Notifier,
    settings::{Merchant, Settings},
    trade::{Trade, TradeBook},
    wallet::Phones,
};

/// Everything that changes, behind one lock that is never held across an await.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// Trades.
    pub(crate) trades: TradeBook,
    /// Codes and tokens.
    pub(crate) auth: AuthBook,
    /// Faults.
    pub(crate) faults: FaultBook,
}

/// The sandbox.
#[derive(Debug)]
pub(crate) struct Sandbox {
    /// As started.
    pub(crate) settings: Arc<Settings>,
    /// Sends notices.
    pub(crate) notifier: Arc<Notifier>,
    /// Phones that browsers play.
    pub(crate) phones: Phones,
    /// Port of gateways, authorise page and wallet page.
    pub(crate) port: u16,
    /// Port of the phone's own listener.
    pub(crate) wallet_port: u16,
    world: Mutex<World>,
}

impl Sandbox {
    /// A sandbox with empty books.
    pub(crate) fn new(settings: Settings, notifier: Notifier, phones: Phones, port: u16, wallet_port: u16) -> Self {
        let faults = FaultBook::seeded(settings.seed, settings.fault_rate);
        Self {
            settings: Arc::new(settings),
            notifier: Arc::new(notifier),
            phones,
            port,
            wallet_port,
            world: Mutex::new(World { faults, ..World::default() }),
        }
    }

    /// The books.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something goes wrong here and now.
    pub(crate) fn strike(&self, at: Point, who: &str) -> Option<Strike> {
        let strike = self.world().faults.strike(at, who);
        if let Some(strike) = &strike {
            tracing::warn!(fault = ?strike.kind, point = ?at, order = who, "fault {:?} strikes {who}", strike.kind);
        }
        strike
    }

    /// Tells the merchant what became of a trade.
    pub(crate) fn announce(&self, trade: &Trade) {
        let strike = self.strike(Point::Notice, &trade.order.out_trade_no);
        if let Some(key) = self.notice_key(trade) {
            let notice = Notice::about(trade, random_hex(17), &self.settings, strike.as_ref());
            self.notifier.announce(&self.settings, notice, key, strike);
        }
    }

    /// As [`Self::announce`], but the first send is over when this returns.
    pub(crate) async fn announce_and_wait(&self, trade: &Trade) {
        if let Some(key) = self.notice_key(trade) {
            let notice = Notice::about(trade, random_hex(17), &self.settings, None);
            self.notifier.announce_and_wait(&self.settings, notice, key).await;
        }
    }

    /// Closes what has lapsed and tells the merchants.
    pub(crate) fn close_lapsed(&self, now: Timestamp) {
        let lapsed: Vec<Trade> = {
            let mut world = self.world();
            let numbers = world.trades.expire(now);
            numbers.iter().filter_map(|number| world.trades.get(number).cloned()).collect()
        };
        for trade in &lapsed {
            self.announce(trade);
        }
    }

    fn notice_key(&self, trade: &Trade) -> Option<SigningKey> {
        let merchant = self.settings.merchant(&trade.order.partner)?;
        let sign_type = trade.order.notify.sign_type.parse().ok()?;
        self.signing_key(sign_type, Some(merchant))
    }

    /// What answers and notices are signed with.
    pub(crate) fn signing_key(&self, sign_type: SignType, merchant: Option<&Merchant>) -> Option<SigningKey> {
        match sign_type {
            SignType::Md5 => merchant?.md5_key.clone().map(SigningKey::Md5),
            SignType::Rsa => Some(SigningKey::Rsa(self.settings.alipay_key.clone())),
            SignType::Rsa2 => Some(SigningKey::Rsa2(self.settings.alipay_key.clone())),
        }
    }

    /// What a merchant's requests are verified with, if this signature type is agreed.
    pub(crate) fn verifying_key(&self, sign_type: SignType, merchant: &Merchant) -> Option<VerifyingKey> {
        if !merchant.sign_types.is_empty() && !merchant.sign_types.contains(&sign_type) {
            return None;
        }
        match sign_type {
            SignType::Md5 => merchant.md5_key.clone().map(VerifyingKey::Md5),
            SignType::Rsa => merchant.public_key.clone().map(VerifyingKey::Rsa),
            SignType::Rsa2 => merchant.public_key.clone().map(VerifyingKey::Rsa2),
        }
    }
}

/// The time; asked for at the edge of every request, passed down from there.
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Fresh random bytes as twice as many hex digits.
pub(crate) fn random_hex(bytes: usize) -> String {
    let mut random = vec![0_u8; bytes];
    rand::thread_rng().fill_bytes(&mut random);
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}
