//! An Alipay that answers from a script. Cancels and queries answer what was set last; orders are always placed.

use std::sync::Mutex;

use async_trait::async_trait;
use fareway::payment::{
    model::{Observation, OutTradeNo, Paid},
    ports::{CancelAnswer, Gateway, NotBelieved, NoticeFacts, Order, Placed},
};
use fareway_shared::{id::FleetId, money::Money, time::Timestamp};

/// The script.
pub(crate) struct Alipay {
    cancel: Mutex<CancelAnswer>,
    query: Mutex<Observation>,
    placed: Mutex<Vec<String>>,
}

impl Default for Alipay {
    fn default() -> Self {
        let (cancel, query) = (Mutex::new(CancelAnswer::Again), Mutex::new(Observation::Unclear));
        Self { cancel, query, placed: Mutex::default() }
    }
}

impl Alipay {
    /// What a cancellation is answered from now on.
    pub(crate) fn cancels(&self, answer: CancelAnswer) {
        *self.cancel.lock().unwrap() = answer;
    }

    /// What a query is answered from now on.
    pub(crate) fn says(&self, observation: Observation) {
        *self.query.lock().unwrap() = observation;
    }

    /// The orders that were placed, repeats included.
    pub(crate) fn placed(&self) -> Vec<String> {
        self.placed.lock().unwrap().clone()
    }
}

/// "It was paid", for the order with this amount.
pub(crate) fn paid(amount: Money) -> Observation {
    Observation::Paid(Paid { trade_no: "T1".to_owned(), buyer: None, amount, paid_at: None })
}

#[async_trait]
impl Gateway for Alipay {
    async fn place(&self, order: &Order, _now: Timestamp) -> Placed {
        self.placed.lock().unwrap().push(order.out_trade_no.to_string());
        Placed::Ready { trade_no: "T1".to_owned() }
    }

    async fn query(&self, _fleet: FleetId, _order: &OutTradeNo, _amount: Money, _now: Timestamp) -> Observation {
        self.query.lock().unwrap().clone()
    }

    async fn cancel(&self, _fleet: FleetId, _order: &OutTradeNo, _now: Timestamp) -> CancelAnswer {
        self.cancel.lock().unwrap().clone()
    }

    fn claimed_order(&self, _body: &[u8]) -> Option<OutTradeNo> {
        None
    }

    fn verify_notice(&self, _: FleetId, _: &[u8], _: Option<Money>) -> Result<NoticeFacts, NotBelieved> {
        Err(NotBelieved("this Alipay sends none".to_owned()))
    }

    async fn second_proof(&self, _fleet: FleetId, _notify_id: &str) -> bool {
        true
    }

    fn fleets(&self) -> Vec<FleetId> {
        Vec::new()
    }
}
