//! Every published and generated vector of `alipay-vectors.json`, run through the code that handles such a message in
//! earnest. The file lies beside the repository; where it is absent the test says so and passes.

use std::path::Path;

use serde_json::Value;

use crate::charset::Charset;
use crate::form::{self, Form};
use crate::mapi::{decode_xml, parse_xml};
use crate::notice::{NoticeError, Received};
use crate::openapi::{Envelope, Signature};
use crate::sign::{Md5Key, PrivateKey, PublicKey, SignType, SigningKey, VerifyingKey, presign};

/// From this crate's folder: the folder `shared` beside the workspace.
const FILE: &str = "../../../shared/reference/alipay-vectors.json";

/// One vector with the keys it needs.
struct Vector<'a> {
    id: &'a str,
    json: &'a Value,
    charset: Charset,
    sign: &'a str,
    verifying: VerifyingKey,
    signing: Option<SigningKey>,
    rejects: bool,
}

impl<'a> Vector<'a> {
    fn read(json: &'a Value, keys: &'a Value) -> Self {
        let text = |name: &str| json[name].as_str();
        let sign_type: SignType = text("sign_type").unwrap().parse().unwrap();
        let key = |half: &str| keys[text("key").unwrap()][half].as_str();
        let (verifying, signing) = match text("md5_key").map(|key| Md5Key::parse(key).unwrap()) {
            Some(key) => (VerifyingKey::Md5(key.clone()), Some(SigningKey::Md5(key))),
            None => (
                VerifyingKey::load(sign_type, key("public_pem").unwrap()).unwrap(),
                key("private_pem").map(|pem| SigningKey::load(sign_type, pem).unwrap()),
            ),
        };
        Self {
            id: text("id").unwrap(),
            json,
            charset: text("charset").unwrap().parse().unwrap(),
            sign: text("sign").unwrap(),
            verifying,
            signing,
            rejects: text("expect") == Some("reject"),
        }
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.json[name].as_str()
    }

    /// The parameters as bytes of the declared charset. PHP's null and false drop out, true prints as 1.
    fn params(&self) -> Option<Vec<(String, Vec<u8>)>> {
        let encode = |value: &Value| match value {
            Value::String(text) => self.charset.encode(text).unwrap(),
            Value::Bool(true) => b"1".to_vec(),
            Value::Bool(false) | Value::Null => Vec::new(),
            other => panic!("{}: unexpected parameter {other}", self.id),
        };
        let params = self.json["params"].as_object()?;
        Some(params.iter().map(|(name, value)| (name.clone(), encode(value))).collect())
    }

    fn excluded(&self) -> Vec<&'a str> {
        match self.json["excluded_from_signing"].as_array() {
            Some(names) => names.iter().map(|name| name.as_str().unwrap()).collect(),
            None => vec!["sign", "sign_type"],
        }
    }

    /// The bytes that are signed, as the file states them.
    fn stated(&self) -> Vec<u8> {
        match self.text("pre_sign_hex") {
            Some(text) => hex::decode(text).unwrap(),
            None => self.charset.encode(self.text("pre_sign").unwrap()).unwrap(),
        }
    }

    /// The stated string verifies, and signing it anew gives the stated signature.
    fn check_signature(&self) {
        let message = self.stated();
        assert_eq!(self.verifying.verify(&message, self.sign.as_bytes()), Ok(()), "{}", self.id);
        if let Some(key) = &self.signing {
            assert_eq!(key.sign(&message).unwrap(), self.sign, "{}", self.id);
        }
    }

    fn check_presign(&self, params: &[(impl AsRef<[u8]>, impl AsRef<[u8]>)]) {
        assert_eq!(presign(params, &self.excluded()), self.stated(), "{}", self.id);
    }

    fn check_request(&self) {
        self.check_signature();
        if let Some(params) = self.params() {
            self.check_presign(&params);
        }
        let url = self.text("url").and_then(|url| url.split_once('?')).map(|(_, query)| query);
        for wire in [self.text("form_body"), self.text("query"), url].into_iter().flatten() {
            let form = Form::parse(wire.as_bytes()).unwrap();
            self.check_presign(form.params());
            assert_eq!(form.get("sign").unwrap(), self.sign.as_bytes(), "{}", self.id);
        }
    }

    fn check_notice(&self) {
        let body = self.text("form_body").map_or_else(
            || {
                let mut params = self.params().unwrap();
                params.push(("sign".into(), self.sign.into()));
                form::encode(&params)
            },
            str::to_owned,
        );
        let received = Received::parse(body.as_bytes()).unwrap();
        match received.verify(&self.verifying) {
            Ok(notice) => {
                assert!(!self.rejects, "{} was accepted", self.id);
                for (name, value) in self.json["params"].as_object().unwrap() {
                    if name != "sign_type" {
                        assert_eq!(notice.get(name), value.as_str(), "{}: {name}", self.id);
                    }
                }
            }
            // Genuine, though not about an order.
            Err(NoticeError::NotAPayment(_)) => assert!(!self.rejects, "{} was accepted", self.id),
            Err(error) => {
                assert!(self.rejects, "{}: {error}", self.id);
                assert_eq!(error, NoticeError::BadSignature, "{}", self.id);
            }
        }
        if !self.rejects {
            self.check_signature();
            self.check_presign(&self.params().unwrap());
        }
    }

    fn check_xml(&self) {
        self.check_signature();
        let content_type = self.text("content_type").unwrap().split_once("charset=").unwrap().1;
        let body = self.text("raw_body").unwrap().as_bytes();
        let (text, charset) = decode_xml(body, content_type.parse().ok()).unwrap();
        assert_eq!(charset, self.charset, "{}", self.id);
        let document = parse_xml(&text).unwrap();
        assert_eq!(document.sign.as_deref(), Some(self.sign), "{}", self.id);
        self.check_presign(&document.fields);
    }

    fn check_json(&self) {
        self.check_signature();
        let body = self.text("raw_body").unwrap().as_bytes();
        // A failure is looked for under the method's key too, as in earnest.
        let key = self.text("response_key").filter(|key| *key != "error_response").unwrap_or("method_response");
        let envelope = Envelope::open(body, self.charset, key).unwrap();
        assert_eq!(envelope.payload.as_bytes(), self.stated(), "{}", self.id);
        assert_eq!(envelope.verify(&self.verifying), Signature::Verified, "{}", self.id);
    }
}

#[test]
fn every_vector_is_verified_or_refused_as_labelled() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not here, so there are no vectors to run", path.display());
        return;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    for json in vectors {
        let vector = Vector::read(json, &file["keys"]);
        match vector.text("kind").unwrap() {
            "request" | "raw-string" => vector.check_request(),
            "notification" => vector.check_notice(),
            "response-xml" => vector.check_xml(),
            "response-json" => vector.check_json(),
            other => panic!("{}: no check for vectors of kind {other}", vector.id),
        }
    }
    eprintln!("{} vectors", vectors.len());
    assert!(vectors.len() >= 54);
}

#[test]
fn every_key_of_the_vectors_loads_in_each_of_its_shapes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not here, so there are no keys to load", path.display());
        return;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let bare = |pem: &str| pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    for (name, key) in file["keys"].as_object().unwrap() {
        let public = key["public_pem"].as_str().unwrap();
        let spki = PublicKey::parse(public).unwrap().to_pem();
        assert_eq!(PublicKey::parse(&bare(public)).unwrap().to_pem(), spki, "{name}");
        for shape in ["private_pem", "private_pkcs8_pem"] {
            if let Some(private) = key[shape].as_str() {
                for text in [private.to_owned(), bare(private)] {
                    let loaded = PrivateKey::parse(&text).unwrap();
                    assert_eq!(loaded.public_key().unwrap().to_pem(), spki, "{name} {shape}");
                }
            }
        }
    }
}
