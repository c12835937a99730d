//! The sandbox's own API for tests and people: what happened so far, and which faults are armed.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use crate::{
    fault::{FaultKind, Order},
    sandbox::{Sandbox, now},
    trade::Trade,
};

/// The routes under `/sandbox`.
pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sandbox/state", web::get().to(state))
        .route("/sandbox/faults", web::get().to(menu))
        .route("/sandbox/faults", web::post().to(arm))
        .route("/sandbox/faults", web::delete().to(disarm))
        .route("/sandbox/trades/{trade_no}/finish", web::post().to(finish));
}

async fn state(sandbox: web::Data<Sandbox>) -> HttpResponse {
    let at = now();
    sandbox.close_lapsed(at);
    let world = sandbox.world();
    let trades: Vec<Value> = world.trades.all().map(trade_json).collect();
    let armed: Vec<&Order> = world.faults.armed().collect();
    HttpResponse::Ok().json(json!({
        "at": at,
        "trades": trades,
        "notices": sandbox.notifier.records(),
        "faults": {"hit": world.faults.hits(), "armed": armed},
    }))
}

fn trade_json(trade: &Trade) -> Value {
    json!({
        "partner": trade.order.partner,
        "out_trade_no": trade.order.out_trade_no,
        "trade_no": trade.trade_no,
        "status": trade.status,
        "amount": trade.order.terms.amount.to_string(),
        "currency": trade.order.terms.amount.currency(),
        "subject": trade.order.terms.subject,
        "buyer_id": trade.order.buyer_id,
        "payer_id": trade.payer_id,
        "refunded": trade.is_refunded(),
        "created_at": trade.created_at,
        "paid_at": trade.paid_at,
        "ended_at": trade.ended_at,
        "expires_at": trade.expires_at,
    })
}

async fn menu(sandbox: web::Data<Sandbox>) -> HttpResponse {
    let menu: Vec<Value> = FaultKind::ALL.iter().map(|kind| json!({"fault": kind, "points": kind.points()})).collect();
    let world = sandbox.world();
    let armed: Vec<&Order> = world.faults.armed().collect();
    HttpResponse::Ok().json(json!({"menu": menu, "armed": armed, "hit": world.faults.hits()}))
}

async fn arm(sandbox: web::Data<Sandbox>, order: web::Json<Order>) -> HttpResponse {
    match sandbox.world().faults.arm(order.into_inner()) {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(error) => HttpResponse::UnprocessableEntity().json(json!({"error": error.to_string()})),
    }
}

async fn disarm(sandbox: web::Data<Sandbox>) -> HttpResponse {
    sandbox.world().faults.disarm();
    HttpResponse::NoContent().finish()
}

async fn finish(sandbox: web::Data<Sandbox>, trade_no: web::Path<String>) -> HttpResponse {
    let finished = sandbox.world().trades.finish(&trade_no, now()).cloned();
    match finished {
        Ok(trade) => {
            sandbox.announce(&trade);
            HttpResponse::Ok().json(trade_json(&trade))
        }
        Err(refusal) => HttpResponse::Conflict().json(json!({"error": refusal.to_string()})),
    }
}
