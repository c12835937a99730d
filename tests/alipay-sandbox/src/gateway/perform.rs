//! Carries out a good mapi request on the trades, and words the outcome as the service does.

use jiff::Timestamp;

use super::{
    request::{Request, Service},
    xml::Fields,
};
use crate::{
    beijing,
    sandbox::{Sandbox, now},
    trade::{Action, Order, Trade},
};

/// What was done.
pub(super) struct Done {
    pub(super) fields: Fields,
    /// Alipay's number of an order that create accepted.
    pub(super) placed: Option<String>,
}

pub(super) fn perform(sandbox: &Sandbox, request: Request, at: Timestamp) -> Done {
    match request {
        Request::Create(order) => create(sandbox, *order, at),
        Request::Query { partner, out_trade_no, trade_no } => {
            query(sandbox, &partner, out_trade_no.as_deref(), trade_no.as_deref(), at)
        }
        Request::Cancel { partner, out_trade_no, trade_no } => {
            cancel(sandbox, &partner, &out_trade_no, trade_no.as_deref(), at)
        }
    }
}

/// The buyer pays without being asked: what a fault does.
pub(super) fn pay_unasked(sandbox: &Sandbox, trade_no: &str) -> Option<Trade> {
    let mut world = sandbox.world();
    let buyer_id = world.trades.get(trade_no)?.order.buyer_id.clone();
    world.trades.pay(trade_no, &buyer_id, now()).ok().cloned()
}

fn create(sandbox: &Sandbox, order: Order, at: Timestamp) -> Done {
    let out_trade_no = order.out_trade_no.clone();
    match sandbox.world().trades.create(order, at) {
        Ok(created) => Done {
            fields: vec![
                ("result_code", "SUCCESS".to_owned()),
                ("out_trade_no", out_trade_no),
                ("trade_no", created.trade_no.clone()),
            ],
            placed: Some(created.trade_no),
        },
        Err(refusal) => {
            let fields = Service::Create.failure(refusal.code(), &refusal.to_string(), &out_trade_no);
            Done { fields, placed: None }
        }
    }
}

fn query(sandbox: &Sandbox, partner: &str, out_trade_no: Option<&str>, trade_no: Option<&str>, at: Timestamp) -> Done {
    let trade = sandbox.world().trades.find(partner, out_trade_no, trade_no, at).cloned();
    let fields = match trade {
        Some(trade) => queried(sandbox, &trade),
        None => Service::Query.failure("TRADE_NOT_EXIST", "", ""),
    };
    Done { fields, placed: None }
}

fn queried(sandbox: &Sandbox, trade: &Trade) -> Fields {
    let mut fields = vec![("result_code", "SUCCESS".to_owned())];
    let payer_id = trade.payer_id.as_deref().unwrap_or(&trade.order.buyer_id);
    if let Some(user) = sandbox.settings.user(payer_id) {
        fields.push(("alipay_buyer_login_id", user.login.clone()));
    }
    fields.push(("alipay_buyer_user_id", payer_id.to_owned()));
    if let Some(at) = trade.paid_at {
        fields.push(("alipay_pay_time", beijing::compact(at)));
    }
    let number = &trade.order.out_trade_no;
    fields.extend([
        ("alipay_trans_id", trade.trade_no.clone()),
        ("alipay_trans_status", trade.status.word().to_owned()),
        ("currency", trade.order.terms.amount.currency().to_owned()),
        ("out_trade_no", number.clone()),
        ("partner_trans_id", number.clone()),
        ("trans_amount", trade.order.terms.amount.to_string()),
    ]);
    fields
}

fn cancel(sandbox: &Sandbox, partner: &str, out_trade_no: &str, trade_no: Option<&str>, at: Timestamp) -> Done {
    let (outcome, changed) = {
        let mut world = sandbox.world();
        let outcome = world.trades.cancel(partner, out_trade_no, trade_no, at);
        let number = outcome.as_ref().ok().filter(|done| done.is_new).and_then(|done| done.trade_no.clone());
        (outcome, number.and_then(|number| world.trades.get(&number).cloned()))
    };
    if let Some(trade) = changed {
        sandbox.announce(&trade);
    }
    let fields = match outcome {
        Ok(done) => {
            let action = done.action.map(|action| match action {
                Action::Close => "close".to_owned(),
                Action::Refund => "refund".to_owned(),
            });
            let mut fields = vec![("result_code", "SUCCESS".to_owned()), ("out_trade_no", out_trade_no.to_owned())];
            fields.extend(done.trade_no.map(|number| ("trade_no", number)));
            fields.push(("retry_flag", "N".to_owned()));
            fields.extend(action.map(|action| ("action", action)));
            fields
        }
        Err(refusal) => Service::Cancel.failure(refusal.code(), &refusal.to_string(), out_trade_no),
    };
    Done { fields, placed: None }
}
