//! The XML of mapi (alipay.md §2.1): `<alipay>` with the echoed request, the answer and its signature.

use actix_web::HttpResponse;
use alipay_global::{
    charset::Charset,
    sign::{SigningKey, presign},
};

use crate::notice::spoil;

/// Children of `response/alipay`, in order.
pub(super) type Fields = Vec<(&'static str, String)>;

/// How the signature of an answer is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signature {
    /// As it should be.
    Good,
    /// A fault: present and wrong.
    Spoilt,
    /// A fault: absent.
    Absent,
}

/// `is_success=F`: refused at the gateway, never signed.
pub(super) fn refused(code: &str) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<alipay><is_success>F</is_success><error>{}</error></alipay>",
        escape(code),
    );
    respond(Charset::Utf8, body.into_bytes())
}

/// `is_success=T`: the call was accepted; `fields` say what came of it.
pub(super) fn accepted(
    charset: Charset,
    request: &[(String, String)],
    fields: &Fields,
    key: &SigningKey,
    signature: Signature,
) -> HttpResponse {
    let in_charset = charset_for(charset, fields);
    let bytes: Vec<(&str, Vec<u8>)> =
        fields.iter().map(|(name, value)| (*name, in_charset.encode(value).unwrap_or_default())).collect();
    let mut body = format!(
        "<?xml version=\"1.0\" encoding=\"{}\"?>\n<alipay><is_success>T</is_success><request>",
        in_charset.name(),
    );
    for (name, value) in request {
        body.push_str(&format!("<param name=\"{}\">{}</param>", escape(name), escape(value)));
    }
    body.push_str("</request><response><alipay>");
    for (name, value) in fields {
        body.push_str(&format!("<{name}>{}</{name}>", escape(value)));
    }
    body.push_str("</alipay></response>");
    if signature != Signature::Absent {
        let Ok(mut sign) = key.sign(&presign(&bytes, &["sign", "sign_type"])) else {
            return refused("SYSTEM_ERROR");
        };
        if signature == Signature::Spoilt {
            sign = spoil(&sign);
        }
        body.push_str(&format!("<sign>{sign}</sign><sign_type>{}</sign_type>", key.sign_type().name()));
    }
    body.push_str("</alipay>");
    match in_charset.encode(&body) {
        Ok(bytes) => respond(in_charset, bytes),
        Err(_) => refused("ILLEGAL_ENCODING"),
    }
}

/// The declared charset, unless the answer has a character that it lacks.
fn charset_for(declared: Charset, fields: &Fields) -> Charset {
    let fits = fields.iter().all(|(_, value)| declared.encode(value).is_ok());
    if fits { declared } else { Charset::Utf8 }
}

fn respond(charset: Charset, body: Vec<u8>) -> HttpResponse {
    let kind = format!("text/xml;charset={}", charset.name());
    HttpResponse::Ok().insert_header(("content-type", kind)).body(body)
}

/// Entities for markup; characters that XML cannot hold are left out.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' | '\r' => safe.push(c),
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe
}
