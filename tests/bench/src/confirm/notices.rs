//! Keys, and Alipay's notices signed with them ahead of the run.

use alipay_global::{
    form,
    sign::{PrivateKey, SignType, SigningKey, presign},
};

/// Alipay's key pair in this bench; ours is never used on this path but must exist.
pub(super) struct Keys {
    /// Alipay's private key, PEM.
    pub alipay: String,
    /// Its public half, PEM.
    pub alipay_public: String,
    /// Ours, PEM.
    pub ours: String,
}

impl Keys {
    /// Fresh 2048-bit keys.
    pub(super) fn make() -> Self {
        let (alipay, ours) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        Self {
            alipay: alipay.to_pem().unwrap().to_string(),
            alipay_public: alipay.public_key().unwrap().to_pem(),
            ours: ours.to_pem().unwrap().to_string(),
        }
    }
}

/// One order to be told about.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// Our number.
    pub out_trade_no: String,
    /// Alipay's number.
    pub trade_no: String,
    /// The payer.
    pub buyer: String,
    /// Decimal text.
    pub amount: String,
}

/// The PID of the bench's fleet.
pub(super) const PARTNER: &str = "2088000000000001";

/// The form bodies as Alipay posts them.
pub(super) fn sign_all(keys: &Keys, payments: &[Told]) -> Vec<Vec<u8>> {
    let key = SigningKey::load(SignType::Rsa2, &keys.alipay).unwrap();
    payments.iter().enumerate().map(|(number, told)| sign(&key, number, told)).collect()
}

fn sign(key: &SigningKey, number: usize, told: &Told) -> Vec<u8> {
    let text = |text: &str| text.as_bytes().to_vec();
    let mut params: Vec<(Vec<u8>, Vec<u8>)> = vec![
        (text("notify_type"), text("trade_status_sync")),
        (text("notify_id"), format!("bench{number:08}").into_bytes()),
        (text("notify_time"), text("2026-11-20 20:00:00")),
        (text("out_trade_no"), text(&told.out_trade_no)),
        (text("trade_no"), text(&told.trade_no)),
        (text("trade_status"), text("TRADE_SUCCESS")),
        (text("total_fee"), text(&told.amount)),
        (text("currency"), text("CNY")),
        (text("seller_id"), text(PARTNER)),
        (text("buyer_id"), text(&told.buyer)),
        (text("gmt_payment"), text("2026-11-20 20:00:00")),
        (text("subject"), "出租车 Taxi".as_bytes().to_vec()),
    ];
    let signature = key.sign(&presign(&params, &["sign", "sign_type"])).unwrap();
    params.push((text("sign_type"), text("RSA2")));
    params.push((text("sign"), signature.into_bytes()));
    form::encode(&params).into_bytes()
}
