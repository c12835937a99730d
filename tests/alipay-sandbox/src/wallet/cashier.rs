//! The cashier: shows what is to be paid, takes the PIN, pays. The sheet in the wallet and the API for
//! tests without a browser are the same calls.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;

use crate::{
    fault::{FaultKind, Point},
    notice::other_user,
    sandbox::{Sandbox, now},
    trade::{Refusal, Trade},
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/wallet/api/cashier", web::post().to(look))
        .route("/wallet/api/pay", web::post().to(pay))
        .route("/wallet/api/cancel", web::post().to(cancel));
}

#[derive(Debug, Deserialize)]
struct Opening {
    trade_no: String,
    buyer_id: String,
}

#[derive(Deserialize)]
struct Paying {
    trade_no: String,
    buyer_id: String,
    pin: String,
}

/// What tradePay answers (alipay.md §6), and what the payer reads.
struct Outcome {
    result_code: &'static str,
    code: String,
    zh: &'static str,
    en: &'static str,
}

async fn look(sandbox: web::Data<Sandbox>, opening: web::Json<Opening>) -> HttpResponse {
    let at = now();
    sandbox.close_lapsed(at);
    let mut world = sandbox.world();
    match world.trades.payable(&opening.trade_no, &opening.buyer_id, at) {
        Ok(trade) => HttpResponse::Ok().json(json!({
            "trade_no": trade.trade_no,
            "merchant": trade.order.terms.payee,
            "subject": trade.order.terms.subject,
            "amount": trade.order.terms.amount.to_string(),
            "currency": trade.order.terms.amount.currency(),
        })),
        Err(refusal) => answer(&denied(refusal)),
    }
}

async fn pay(sandbox: web::Data<Sandbox>, paying: web::Json<Paying>) -> HttpResponse {
    let at = now();
    sandbox.close_lapsed(at);
    let payable = sandbox.world().trades.payable(&paying.trade_no, &paying.buyer_id, at).cloned();
    let trade = match payable {
        Ok(trade) => trade,
        Err(refusal) => return answer(&denied(refusal)),
    };
    if sandbox.settings.user(&paying.buyer_id).is_none_or(|user| user.pin != paying.pin) {
        return HttpResponse::UnprocessableEntity().json(json!({
            "code": "PIN_WRONG",
            "memo_zh": "支付密码不正确，请重试",
            "memo_en": "That PIN is not right. Please try again.",
        }));
    }
    answer(&settle(&sandbox, &trade))
}

async fn cancel(opening: web::Json<Opening>) -> HttpResponse {
    tracing::info!(trade_no = opening.trade_no, "the payer left the cashier of {}", opening.trade_no);
    answer(&outcome("6001", "USER_CANCELLED", "已取消支付", "Payment cancelled"))
}

/// The PIN was right: money moves, unless a fault is in the way.
fn settle(sandbox: &Sandbox, trade: &Trade) -> Outcome {
    let strike = sandbox.strike(Point::Pay, &trade.order.out_trade_no);
    let kind = strike.as_ref().map(|strike| strike.kind);
    match kind {
        Some(FaultKind::WaitBuyerPay) => {
            return outcome(
                "8000",
                "WAIT_BUYER_PAY",
                "正在处理中，请稍后查看结果",
                "Being processed. Check the result in a moment.",
            );
        }
        Some(FaultKind::OpenedElsewhere) => {
            return outcome(
                "4000",
                "ALIN10023",
                "该订单已由其他用户打开",
                "Another payer has already opened this order.",
            );
        }
        Some(FaultKind::PayFailed) => {
            let code = strike.map(|strike| strike.code).unwrap_or_default();
            return outcome("4000", &code, "支付失败，请更换付款方式", "The payment failed. Try another way to pay.");
        }
        _ => {}
    }
    let payer_id = match kind {
        Some(FaultKind::SecondPayer) => other_user(&sandbox.settings, &trade.order.buyer_id),
        _ => trade.order.buyer_id.clone(),
    };
    let paid = sandbox.world().trades.pay_as(&trade.trade_no, &payer_id, now()).cloned();
    match paid {
        Ok(trade) => sandbox.announce(&trade),
        Err(refusal) => return denied(refusal),
    }
    if kind == Some(FaultKind::PayOffline) {
        return outcome("6002", "NETWORK", "网络连接出错", "The network was lost.");
    }
    outcome("9000", "SUCCESS", "支付成功", "Paid")
}

fn denied(refusal: Refusal) -> Outcome {
    match refusal {
        Refusal::TradeNotExist => outcome(
            "4000",
            "ALI38110",
            "订单不存在，请返回商户重新下单",
            "There is no such order. Go back and try again.",
        ),
        Refusal::TradeBuyerNotMatch => outcome(
            "4000",
            "ALI38110",
            "此订单须由下单的账户支付",
            "Only the account that opened this order can pay it.",
        ),
        Refusal::TradeHasSuccess => {
            outcome("4000", refusal.code(), "该订单已支付，无需重复支付", "This order is already paid.")
        }
        _ => {
            outcome("4000", refusal.code(), "该订单已关闭，请重新下单", "This order is closed. Please make a new one.")
        }
    }
}

fn outcome(result_code: &'static str, code: &str, zh: &'static str, en: &'static str) -> Outcome {
    Outcome { result_code, code: code.to_owned(), zh, en }
}

fn answer(outcome: &Outcome) -> HttpResponse {
    HttpResponse::Ok().json(json!({
        "resultCode": outcome.result_code,
        "code": outcome.code,
        "memo_zh": outcome.zh,
        "memo_en": outcome.en,
    }))
}
