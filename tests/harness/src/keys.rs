//! Key pairs for tests, made once a process: making RSA keys is slow, and no test cares which they are.

use std::sync::OnceLock;

use alipay_global::sign::PrivateKey;

fn made(cell: &'static OnceLock<String>) -> PrivateKey {
    let pem = cell.get_or_init(|| PrivateKey::generate().expect("a key").to_pem().expect("PEM").to_string());
    PrivateKey::parse(pem).expect("the key that was just written")
}

/// The sandbox's own key, which signs answers and notices.
#[must_use]
pub fn alipay() -> PrivateKey {
    static KEY: OnceLock<String> = OnceLock::new();
    made(&KEY)
}

/// The installation's key, for app and fleets alike.
#[must_use]
pub fn ours() -> PrivateKey {
    static KEY: OnceLock<String> = OnceLock::new();
    made(&KEY)
}
