//! The vectors that `vectors/make.sh` makes with openssl: an implementation of everything signed that is not ours.

use std::path::PathBuf;

use alipay_global::charset::Charset;
use alipay_global::mapi::Created;
use alipay_global::notice::{self, NoticeError};
use alipay_global::outcome::{Outcome, UnknownReason};
use alipay_global::sign::{PrivateKey, PublicKey, SignType, SigningKey, VerifyingKey};

use crate::double::{GatewayDouble, Keys, Reply};
use crate::{order, sign_in};

fn file(name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests/vectors", name].iter().collect();
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

fn verifying(sign_type: SignType) -> VerifyingKey {
    let key = match sign_type {
        SignType::Md5 => "key-md5.txt",
        SignType::Rsa => "key-1024.spki.pem",
        SignType::Rsa2 => "key-2048.spki.pem",
    };
    VerifyingKey::load(sign_type, &text(key)).unwrap()
}

const NOTICES: [(&str, SignType); 5] = [
    ("md5", SignType::Md5),
    ("rsa", SignType::Rsa),
    ("rsa2", SignType::Rsa2),
    ("gbk-rsa2", SignType::Rsa2),
    ("inside-rsa2", SignType::Rsa2),
];

#[test]
fn all_shapes_of_a_key_are_one_key() {
    for bits in ["1024", "2048"] {
        let public = text(&format!("key-{bits}.spki.pem"));
        assert_eq!(PublicKey::parse(&public).unwrap().to_pem(), public);
        assert_eq!(PublicKey::parse(&text(&format!("key-{bits}.spki.txt"))).unwrap().to_pem(), public);
        for shape in ["pkcs8.pem", "pkcs8.txt", "pkcs1.pem", "pkcs1.txt"] {
            let private = PrivateKey::parse(&text(&format!("key-{bits}.{shape}"))).unwrap();
            assert_eq!(private.public_key().unwrap().to_pem(), public, "{shape}");
            assert_eq!(private.to_pem().unwrap().as_str(), text(&format!("key-{bits}.pkcs8.pem")), "{shape}");
        }
    }
}

#[test]
fn notices_verify_and_their_tampered_twins_do_not() {
    for (name, sign_type) in NOTICES {
        let key = verifying(sign_type);
        let notice = notice::verify(&file(&format!("notice-{name}.form")), &key).unwrap();
        assert_eq!(notice.get("subject"), Some("出租车 A&B 100%+d"), "{name}");
        assert_eq!(notice.amount("HKD".parse().unwrap()).unwrap().minor(), 3850, "{name}");
        assert_eq!(notice.gmt_payment.unwrap().to_string(), "2024-01-01T19:05:59Z");
        let tampered = file(&format!("notice-{name}-tampered.form"));
        assert_eq!(notice::verify(&tampered, &key), Err(NoticeError::BadSignature), "{name}");
    }
}

#[test]
fn a_key_of_another_algorithm_is_never_tried() {
    for (name, sign_type) in NOTICES {
        let body = file(&format!("notice-{name}.form"));
        for other in [SignType::Md5, SignType::Rsa, SignType::Rsa2].into_iter().filter(|other| *other != sign_type) {
            assert_eq!(notice::verify(&body, &verifying(other)), Err(NoticeError::OtherSignType(other)), "{name}");
        }
    }
}

#[test]
fn plus_signs_that_the_sender_did_not_escape_are_repaired() {
    let key = verifying(SignType::Rsa2);
    let (fields, sign) =
        text("notice-rsa2.form").rsplit_once("sign=").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    let plain = sign.replace("%2b", "+");
    assert_ne!(plain, sign, "the vector has no plus sign; make it anew");
    assert!(notice::verify(format!("{fields}sign={plain}").as_bytes(), &key).is_ok());
}

#[test]
fn a_flipped_bit_is_refused_or_changes_nothing_that_is_read() {
    let (honest, key) = (file("notice-rsa2.form"), verifying(SignType::Rsa2));
    let notice = notice::verify(&honest, &key).unwrap();
    for at in 0..honest.len() * 8 {
        let mut flipped = honest.clone();
        flipped[at / 8] ^= 1 << (at % 8);
        if let Ok(read) = notice::verify(&flipped, &key) {
            // Such as %2B for %2b.
            assert_eq!(read, notice, "bit {at}");
        }
    }
}

#[tokio::test]
async fn answers_of_the_order_gateway_verify_and_their_tampered_twins_do_not() {
    for (name, sign_type, content_type) in [
        ("md5", SignType::Md5, "text/xml;charset=UTF-8"),
        ("rsa", SignType::Rsa, "text/xml;charset=UTF-8"),
        ("rsa2", SignType::Rsa2, "text/xml;charset=UTF-8"),
        ("gbk-rsa2", SignType::Rsa2, "text/xml"),
    ] {
        let created = Outcome::Success(Created { trade_no: "2024010222001400000000000001".into() });
        let tampered = Outcome::Unknown(UnknownReason::BadSignature);
        for (file_name, expected) in
            [(format!("create-{name}.xml"), created), (format!("create-{name}-tampered.xml"), tampered)]
        {
            let gateway = GatewayDouble::answering(Reply::Body(content_type, file(&file_name))).await;
            let mut settings = order::settings(&Keys::new(), gateway.url);
            settings.alipay_key = verifying(sign_type);
            settings.signing_key = match sign_type {
                SignType::Md5 => SigningKey::load(sign_type, &text("key-md5.txt")).unwrap(),
                SignType::Rsa | SignType::Rsa2 => SigningKey::load(sign_type, &text("key-1024.pkcs1.txt")).unwrap(),
            };
            let order = alipay_global::mapi::Order { out_trade_no: "TRIP_20240102_000001", ..order::order() };
            assert_eq!(order::mapi(settings).create(&order, order::at()).await, Ok(expected), "{file_name}");
        }
    }
}

#[tokio::test]
async fn an_answer_of_the_sign_in_gateway_verifies_and_its_tampered_twin_does_not() {
    for (name, granted) in [("token-rsa2.json", true), ("token-rsa2-tampered.json", false)] {
        let gateway = GatewayDouble::answering(Reply::Body("text/plain;charset=utf-8", file(name))).await;
        let mut settings = sign_in::settings(&Keys::new(), gateway.url);
        settings.alipay_key = verifying(SignType::Rsa2);
        settings.charset = Charset::Utf8;
        match sign_in::exchange_with(settings).await {
            Outcome::Success(token) => assert!(granted && token.access_token == "to/ken", "{name}"),
            other => assert_eq!((other, granted), (Outcome::Unknown(UnknownReason::BadSignature), false), "{name}"),
        }
    }
}
