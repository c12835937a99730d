//! The payment notice: Alipay's signed POST that says what became of an order (alipay.md §3.4, §7).
//!
//! Verified first, over the bytes that arrived, then read. The order of use: [`Received::parse`], look up whose key
//! applies by [`Received::unverified_out_trade_no`], [`Received::verify`], [`Notice::check`] against the stored order,
//! and only then act. The reply is the caller's, after recording.

mod check;
mod genuine;
mod received;

pub use self::check::{Expected, Mismatch};
pub use self::genuine::Notice;
pub use self::received::{BODY_LEN_MAX, NoticeError, Received, verify};

/// The reply that ends Alipay's resending: these seven letters, HTTP status 200.
pub const REPLY: &str = "success";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::amount::Amount;
    use crate::form::{FormError, encode};
    use crate::sign::{Md5Key, SignType, SigningKey, VerifyingKey, presign};

    const PAID: [(&str, &str); 8] = [
        ("notify_id", "n1"),
        ("out_trade_no", "TRIP_1"),
        ("trade_no", "2024"),
        ("trade_status", "TRADE_SUCCESS"),
        ("total_fee", "38.5"),
        ("currency", "HKD"),
        ("seller_id", "2088"),
        ("buyer_id", "2088102150477652"),
    ];

    fn keys() -> (SigningKey, VerifyingKey) {
        let key = Md5Key::parse("k").unwrap();
        (SigningKey::Md5(key.clone()), VerifyingKey::Md5(key))
    }

    fn body(params: &[(&str, &str)]) -> Vec<u8> {
        let mut params = params.to_vec();
        let sign = keys().0.sign(&presign(&params, &["sign", "sign_type"])).unwrap();
        params.push(("sign", &sign));
        params.push(("sign_type", "MD5"));
        encode(&params).into_bytes()
    }

    fn with(name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
        PAID.into_iter().map(|(known, old)| (known, if known == name { value } else { old })).collect()
    }

    fn expected() -> Expected<'static> {
        let hkd = "HKD".parse().unwrap();
        let amount = Amount::new(3850, hkd).unwrap();
        Expected { amount, settlement_currency: hkd, partner: "2088", buyer_id: Some("2088102150477652") }
    }

    #[test]
    fn a_genuine_notice_is_read_and_fits_its_order() {
        let notice = verify(&body(&PAID), &keys().1).unwrap();
        assert!(notice.trade_status.is_paid());
        assert_eq!(notice.get("total_fee"), Some("38.5"));
        assert_eq!(notice.check(&expected()), Ok(()));
    }

    #[test]
    fn a_notice_that_contradicts_the_order_is_told_by_field() {
        for (name, value, mismatch) in [
            ("total_fee", "38.51", Mismatch::Amount),
            ("total_fee", "", Mismatch::Amount),
            ("currency", "MOP", Mismatch::Currency),
            ("currency", "hkd", Mismatch::Currency),
            ("seller_id", "2089", Mismatch::Seller),
            ("seller_id", "", Mismatch::Seller),
            ("buyer_id", "2088000000000000", Mismatch::Buyer),
        ] {
            let notice = verify(&body(&with(name, value)), &keys().1).unwrap();
            assert_eq!(notice.check(&expected()), Err(mismatch), "{name}={value}");
        }
        let silent = verify(&body(&with("currency", "")), &keys().1).unwrap();
        assert_eq!(silent.check(&expected()), Ok(()));
    }

    #[test]
    fn a_message_cannot_choose_its_check() {
        let honest = String::from_utf8(body(&PAID)).unwrap();
        for label in ["RSA2", "RSA", "md5", "NONE"] {
            let relabelled = honest.replace("sign_type=MD5", &format!("sign_type={label}"));
            let error = verify(relabelled.as_bytes(), &keys().1).unwrap_err();
            assert_eq!(error, NoticeError::OtherSignType(SignType::Md5));
        }
        assert!(verify(honest.replace("&sign_type=MD5", "").as_bytes(), &keys().1).is_ok());
    }

    #[test]
    fn a_signature_that_fits_two_readings_is_refused() {
        let resplit = with("seller_id", "2088&total_fee=0.01");
        assert_eq!(verify(&body(&resplit), &keys().1), Err(NoticeError::Ambiguous));
    }

    #[test]
    fn what_is_unsigned_endless_or_no_payment_is_refused() {
        let key = keys().1;
        assert_eq!(verify(encode(&PAID).as_bytes(), &key), Err(NoticeError::Unsigned));
        assert_eq!(verify(b"a=1&sign=", &key), Err(NoticeError::Unsigned));
        assert_eq!(verify(b"a=1&sign=00", &key), Err(NoticeError::BadSignature));
        assert_eq!(verify(&vec![b'a'; BODY_LEN_MAX + 1], &key), Err(NoticeError::Oversize));
        let other = body(&[("notify_id", "n1"), ("service_code", "1")]);
        assert_eq!(verify(&other, &key), Err(NoticeError::NotAPayment("out_trade_no")));
    }

    #[test]
    fn a_repeated_name_is_refused_before_any_check() {
        let mut twice = body(&PAID);
        twice.extend_from_slice(b"&total_fee=1");
        assert!(matches!(Received::parse(&twice), Err(NoticeError::Form(FormError::Duplicate(_)))));
    }

    #[test]
    fn debug_tells_nothing_about_the_payer() {
        let notice = verify(&body(&PAID), &keys().1).unwrap();
        assert!(!format!("{notice:?}").contains("2088102150477652"));
    }

    #[test]
    fn a_flipped_bit_is_refused_or_changes_nothing_that_is_read() {
        let (honest, key) = (body(&PAID), keys().1);
        let notice = verify(&honest, &key).unwrap();
        for at in 0..honest.len() * 8 {
            let mut flipped = honest.clone();
            flipped[at / 8] ^= 1 << (at % 8);
            if let Ok(read) = verify(&flipped, &key) {
                // Such as %2f for %2F.
                assert_eq!(read, notice, "{}", String::from_utf8_lossy(&flipped));
            }
        }
    }
}
