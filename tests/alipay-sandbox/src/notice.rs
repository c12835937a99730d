//! What a notice says: the form of alipay.md §7.1, made from a trade, bent by a fault, signed.
//!
//! Called by the notifier, which sends it. Pure but for the signature; time is passed in.

use alipay_global::{
    charset::Charset,
    form,
    sign::{SignError, SigningKey, presign},
};
use jiff::Timestamp;

use crate::{
    beijing,
    fault::{FaultKind, Strike},
    settings::{Settings, User},
    trade::{NotifyTo, Trade, TradeStatus},
};

/// A notice about one change of one trade; every resend says the same but for `notify_time`.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// `notify_id`, the same on every resend.
    pub(crate) id: String,
    /// Whose notice it is.
    pub(crate) partner: String,
    /// The merchant's number, as the notice states it.
    pub(crate) out_trade_no: String,
    /// `trade_status`.
    pub(crate) status: TradeStatus,
    /// Where and how it goes.
    pub(crate) to: NotifyTo,
    fields: Vec<(&'static str, String)>,
    spoilt: bool,
}

/// A notice ready for one POST.
#[derive(Debug)]
pub(crate) struct Letter {
    /// The form.
    pub(crate) body: String,
    /// Its content type with charset.
    pub(crate) content_type: String,
}

impl Notice {
    /// States `trade` as it is now, or as `strike` wants it.
    pub(crate) fn about(trade: &Trade, id: String, settings: &Settings, strike: Option<&Strike>) -> Self {
        let terms = &trade.order.terms;
        let kind = strike.map(|strike| strike.kind);
        let mut to = trade.order.notify.clone();
        let mut out_trade_no = trade.order.out_trade_no.clone();
        let mut amount = terms.amount.clone();
        let mut currency = amount.currency().to_owned();
        let mut seller_id = terms.seller_id.clone();
        let mut buyer_id = trade.payer_id.clone().unwrap_or_else(|| trade.order.buyer_id.clone());
        match kind {
            Some(FaultKind::WrongAmount) => amount = amount.slightly_wrong(),
            Some(FaultKind::WrongCurrency) => {
                currency = if currency == "USD" { "HKD" } else { "USD" }.to_owned();
            }
            Some(FaultKind::WrongSeller) => seller_id = "2088101000000000".to_owned(),
            Some(FaultKind::WrongBuyer) => buyer_id = other_user(settings, &buyer_id),
            Some(FaultKind::UnknownOrder) => out_trade_no.push_str("_X"),
            Some(FaultKind::GbkNotice) => to.charset = Charset::Gbk.name().to_owned(),
            _ => {}
        }

        let mut fields = vec![
            ("notify_type", "trade_status_sync".to_owned()),
            ("notify_id", id.clone()),
            ("notify_action_type", action(trade).to_owned()),
            ("out_trade_no", out_trade_no.clone()),
            ("trade_no", trade.trade_no.clone()),
            ("trade_status", trade.status.word().to_owned()),
            ("subject", terms.subject.clone()),
            ("body", terms.body.clone()),
            ("total_fee", amount.to_string()),
            ("price", amount.to_string()),
            ("quantity", "1".to_owned()),
            ("currency", currency),
            ("seller_id", seller_id),
            ("buyer_email", settings.user(&buyer_id).map_or_else(String::new, login)),
            ("buyer_id", buyer_id),
            ("gmt_create", beijing::text(trade.created_at)),
            ("extra_common_param", terms.passback.clone()),
        ];
        if kind == Some(FaultKind::GbkNotice) {
            fields.push(("charset", to.charset.clone()));
        }
        if let Some(at) = trade.paid_at {
            fields.push(("gmt_payment", beijing::text(at)));
        }
        if let Some(at) = trade.ended_at {
            fields.push(("gmt_close", beijing::text(at)));
        }
        if trade.is_refunded() {
            fields.push(("refund_fee", amount.to_string()));
        }
        fields.retain(|(_, value)| !value.is_empty());
        Self {
            id,
            partner: trade.order.partner.clone(),
            out_trade_no,
            status: trade.status,
            to,
            fields,
            spoilt: kind == Some(FaultKind::BadSignature),
        }
    }

    /// The form as it is sent at `now`: signed without `sign_type`, in the charset of the order.
    ///
    /// # Errors
    /// [`SignError`] where the system gives no randomness.
    pub(crate) fn letter(&self, key: &SigningKey, now: Timestamp) -> Result<Letter, SignError> {
        let declared = self.to.charset.parse().unwrap_or(Charset::Utf8);
        let (charset, mut params) = self.encoded(declared);
        params.push(("notify_time", beijing::text(now).into_bytes()));
        let mut sign = key.sign(&presign(&params, &["sign", "sign_type"]))?;
        if self.spoilt {
            sign = spoil(&sign);
        }
        params.push(("sign_type", key.sign_type().name().into()));
        params.push(("sign", sign.into_bytes()));
        let content_type = format!("application/x-www-form-urlencoded; charset={}", charset.name());
        Ok(Letter { body: form::encode(&params), content_type })
    }

    /// The values in the declared charset, or in UTF-8 where that has no such character.
    fn encoded(&self, declared: Charset) -> (Charset, Vec<(&'static str, Vec<u8>)>) {
        let encode = |charset: Charset| {
            let field = |(name, value): &(&'static str, String)| Some((*name, charset.encode(value).ok()?));
            self.fields.iter().map(field).collect::<Option<Vec<_>>>()
        };
        match encode(declared) {
            Some(params) => (declared, params),
            None => (Charset::Utf8, encode(Charset::Utf8).unwrap_or_default()),
        }
    }
}

/// A signature of the same shape that fits nothing: its first character is another one.
pub(crate) fn spoil(sign: &str) -> String {
    let first = if sign.starts_with('a') { 'b' } else { 'a' };
    std::iter::once(first).chain(sign.chars().skip(1)).collect()
}

fn action(trade: &Trade) -> &'static str {
    match trade.status {
        TradeStatus::WaitBuyerPay => "createDirectPayTradeByBuyerAction",
        TradeStatus::TradeSuccess => "payByAccountAction",
        TradeStatus::TradeClosed if trade.is_refunded() => "reverseAction",
        TradeStatus::TradeClosed => "closeTradeAction",
        TradeStatus::TradeFinished => "finishFPAction",
    }
}

fn login(user: &User) -> String {
    user.login.clone()
}

/// Another account than `id`.
pub(crate) fn other_user(settings: &Settings, id: &str) -> String {
    let other = settings.users.iter().find(|user| user.id != id);
    other.map_or_else(|| "2088000000000000".to_owned(), |user| user.id.clone())
}
