//! A house that answers what a test has set, and remembers what it was asked.

use std::{
    collections::HashMap,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use fareway_shared::{
    id::{BillId, FleetId, VehicleId},
    time::Timestamp,
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::passenger::ports::{
    Exchange, Message, PageState, PassengerDesk, PayOutcome, ShownBill, ShownLine, Target, Unavailable, View,
};

pub(super) const CAR: VehicleId = VehicleId(Uuid::from_u128(2));
pub(super) const OTHER_CAR: VehicleId = VehicleId(Uuid::from_u128(22));
pub(super) const BILL: BillId = BillId(Uuid::from_u128(3));
pub(super) const PAYER: &str = "2088000000000001";
pub(super) const SECOND_PAYER: &str = "2088000000000002";
const FLEET: FleetId = FleetId(Uuid::from_u128(1));

pub(super) fn bill_target(version: u32) -> Target {
    Target::Bill { fleet: FLEET, vehicle: CAR, bill: BILL, version }
}

pub(super) fn car_target(proven: bool) -> Target {
    Target::Vehicle { fleet: FLEET, vehicle: CAR, proven }
}

pub(super) struct FakeDesk {
    pub(super) broken: Mutex<bool>,
    /// The version of the open bill.
    pub(super) version: Mutex<u32>,
    /// Answers of Alipay by code; a code that is not here is a passenger's.
    pub(super) answers: Mutex<HashMap<String, Exchange>>,
    /// How often Alipay was really asked.
    pub(super) exchanges: AtomicU32,
    exchanged: Mutex<HashMap<String, Exchange>>,
    /// Who is paying now.
    pub(super) paying: Mutex<Option<String>>,
    pub(super) paid: Mutex<Vec<(Target, String)>>,
    pub(super) returned: Mutex<Vec<String>>,
    pub(super) changes: watch::Sender<u64>,
}

impl Default for FakeDesk {
    fn default() -> Self {
        Self {
            broken: Mutex::default(),
            version: Mutex::new(1),
            answers: Mutex::default(),
            exchanges: AtomicU32::default(),
            exchanged: Mutex::default(),
            paying: Mutex::default(),
            paid: Mutex::default(),
            returned: Mutex::default(),
            changes: watch::Sender::new(0),
        }
    }
}

impl FakeDesk {
    fn up(&self) -> Result<(), Unavailable> {
        if *self.broken.lock().unwrap() { Err(Unavailable) } else { Ok(()) }
    }

    fn page(&self, view: View) -> PageState {
        let version = *self.version.lock().unwrap();
        let bill = ShownBill {
            id: BILL,
            version,
            lines: vec![ShownLine { kind: "fare".into(), amount: "23.40".into() }],
            total: "23.40".into(),
            currency: "CNY".into(),
            symbol: "¥".into(),
            source: "meter".into(),
            opened_at_ms: 1_800_000_000_000,
        };
        PageState {
            view,
            plate: if view == View::EnterCode { String::new() } else { "苏E·X1234".into() },
            driver: None,
            fleet: "\"姑苏\" & <Taxi>".into(),
            running_fare: None,
            bill: matches!(view, View::Bill | View::AnotherPhone).then_some(bill),
            bills: Vec::new(),
            receipt: None,
            message: None,
            zone: "Asia/Shanghai".into(),
            server_now_ms: 1_800_000_000_000,
        }
    }
}

#[async_trait]
impl PassengerDesk for FakeDesk {
    async fn find_bill(&self, code: &str, _: Timestamp) -> Result<Option<Target>, Unavailable> {
        self.up()?;
        Ok((code == "good-code").then(|| bill_target(1)))
    }

    async fn find_vehicle(&self, vehicle: VehicleId) -> Result<Option<Target>, Unavailable> {
        self.up()?;
        Ok((vehicle == CAR).then(|| car_target(false)))
    }

    async fn find_plate(&self, plate: &str) -> Result<Option<Target>, Unavailable> {
        self.up()?;
        Ok((plate == "苏EX1234").then(|| car_target(false)))
    }

    fn authorise_url(&self, state: &str) -> String {
        format!("https://alipay.example/authorise?state={state}")
    }

    async fn exchange(&self, nonce: &str, code: &str, _: Timestamp) -> Result<Exchange, Unavailable> {
        self.up()?;
        let mut exchanged = self.exchanged.lock().unwrap();
        let answer = exchanged.entry(nonce.to_owned()).or_insert_with(|| {
            self.exchanges.fetch_add(1, Ordering::SeqCst);
            let answers = self.answers.lock().unwrap();
            answers.get(code).cloned().unwrap_or_else(|| Exchange::User(code.to_owned()))
        });
        Ok(answer.clone())
    }

    async fn state(&self, target: Target, payer: &str, _: Timestamp) -> Result<PageState, Unavailable> {
        self.up()?;
        let paying = self.paying.lock().unwrap().clone();
        Ok(self.page(match target {
            Target::Vehicle { proven: false, .. } => View::EnterCode,
            Target::Bill { version, .. } if version != *self.version.lock().unwrap() => View::Outdated,
            _ if paying.is_some_and(|other| other != payer) => View::AnotherPhone,
            _ => View::Bill,
        }))
    }

    async fn try_screen_code(
        &self,
        _: Target,
        _: &str,
        digits: &str,
        _: Timestamp,
    ) -> Result<Result<Target, Message>, Unavailable> {
        self.up()?;
        Ok(if digits == "042" {
            Ok(car_target(true))
        } else {
            Err(Message { zh: "数字不对。".into(), en: "The digits are wrong.".into() })
        })
    }

    async fn choose_bill(&self, target: Target, bill: BillId, _: Timestamp) -> Result<Option<Target>, Unavailable> {
        self.up()?;
        Ok((target == car_target(true) && bill == BILL).then(|| bill_target(*self.version.lock().unwrap())))
    }

    async fn pay(&self, target: Target, payer: &str, now: Timestamp) -> Result<PayOutcome, Unavailable> {
        let state = self.state(target, payer, now).await?;
        if state.view != View::Bill {
            return Ok(PayOutcome::See { state: Box::new(state) });
        }
        *self.paying.lock().unwrap() = Some(payer.to_owned());
        self.paid.lock().unwrap().push((target, payer.to_owned()));
        Ok(PayOutcome::Ready { trade_no: format!("2026-{payer}") })
    }

    async fn take_over(&self, target: Target, payer: &str, now: Timestamp) -> Result<PayOutcome, Unavailable> {
        *self.paying.lock().unwrap() = None;
        self.pay(target, payer, now).await
    }

    async fn wallet_returned(&self, _: Target, _: &str, result_code: &str, _: Timestamp) {
        self.returned.lock().unwrap().push(result_code.to_owned());
    }

    fn changes(&self, _: VehicleId) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
