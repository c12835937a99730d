//! The open platform's gateway: admits a signed call, answers with one compact JSON object whose
//! payload comes first and whose `sign` comes last (alipay.md §2.2); official clients cut by position.

use actix_web::HttpResponse;
use alipay_global::{
    charset::Charset,
    form::Form,
    sign::{SignType, SigningKey, VerifyingKey, presign},
};

use super::{Received, params::Params, token, xml::Signature};
use crate::{
    beijing,
    fault::{FaultKind, Point},
    notice::spoil,
    sandbox::{Sandbox, now},
    settings::App,
};

/// The one method offered.
const OAUTH_TOKEN: &str = "alipay.system.oauth.token";

/// A call whose signature was verified.
pub(super) struct Call<'a> {
    pub(super) app: &'a App,
    pub(super) params: Params,
}

/// A payload object as raw JSON, and whether it is a failure.
pub(super) enum Payload {
    Good(String),
    Bad(Failure),
}

/// `error_response`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) sub_code: &'static str,
    pub(super) sub_msg: &'static str,
}

impl Failure {
    pub(super) const fn missing(sub_code: &'static str, sub_msg: &'static str) -> Self {
        Self { code: "40001", sub_code, sub_msg }
    }

    pub(super) const fn illegal(sub_code: &'static str, sub_msg: &'static str) -> Self {
        Self { code: "40002", sub_code, sub_msg }
    }

    const UNAVAILABLE: Self = Self { code: "20000", sub_code: "isp.unknow-error", sub_msg: "系统繁忙" };

    fn msg(self) -> &'static str {
        match self.code {
            "20000" => "Service Currently Unavailable",
            "40001" => "Missing Required Arguments",
            _ => "Invalid Arguments",
        }
    }

    fn json(self) -> String {
        format!(
            r#"{{"code":"{}","msg":"{}","sub_code":"{}","sub_msg":"{}"}}"#,
            self.code,
            self.msg(),
            self.sub_code,
            self.sub_msg,
        )
    }
}

pub(super) async fn answer(sandbox: &Sandbox, received: Received) -> HttpResponse {
    let Ok(form) = &received.merged else {
        let failure = Failure::illegal("isv.invalid-parameter", "参数无效");
        return reply(Charset::Utf8, &Payload::Bad(failure), None, Signature::Absent);
    };
    let charset = ascii(form, "charset").parse().unwrap_or(Charset::Utf8);
    let sign_type = match ascii(form, "sign_type").parse() {
        Ok(SignType::Rsa) => SignType::Rsa,
        _ => SignType::Rsa2,
    };
    let known = sandbox.settings.app(ascii(form, "app_id"));
    let key = known.and_then(|_| sandbox.signing_key(sign_type, None));
    let call = match admit(sandbox, form) {
        Ok(call) => call,
        Err(failure) => {
            tracing::warn!(sub_code = failure.sub_code, "an openapi call was refused: {}", failure.sub_code);
            return reply(charset, &Payload::Bad(failure), key.as_ref(), Signature::Good);
        }
    };
    let strike = sandbox.strike(Point::Token, call.params.get("code"));
    let kind = strike.map(|strike| strike.kind);
    let payload = match kind {
        Some(FaultKind::SystemError | FaultKind::UnsignedRefusal) => Payload::Bad(Failure::UNAVAILABLE),
        Some(FaultKind::AuthCodeRefused) => Payload::Bad(token::CODE_INVALID),
        _ => token::exchange(sandbox, &call, now()),
    };
    let signature = match kind {
        Some(FaultKind::BadSignature) => Signature::Spoilt,
        Some(FaultKind::UnsignedAnswer | FaultKind::UnsignedRefusal) => Signature::Absent,
        _ => Signature::Good,
    };
    reply(charset, &payload, key.as_ref(), signature)
}

fn admit<'a>(sandbox: &'a Sandbox, form: &Form) -> Result<Call<'a>, Failure> {
    let needed = |name: &str, len_max: usize, missing: Failure, illegal: Failure| {
        let value = ascii(form, name);
        match value.len() {
            0 => Err(missing),
            length if length > len_max => Err(illegal),
            _ => Ok(value),
        }
    };
    let bad_method = Failure::illegal("isv.invalid-method", "不存在的方法名");
    let method = needed("method", 128, Failure::missing("isv.missing-method", "缺少方法名参数"), bad_method)?;
    if method != OAUTH_TOKEN {
        return Err(bad_method);
    }
    let bad_app = Failure::illegal("isv.invalid-app-id", "无效的AppID参数");
    let app_id = needed("app_id", 32, Failure::missing("isv.missing-app-id", "缺少AppID参数"), bad_app)?;
    let app = sandbox.settings.app(app_id).ok_or(bad_app)?;
    check_frame(form, &needed)?;
    let sign_type = sign_type(form)?;
    let charset = ascii(form, "charset").parse().map_err(|_| Failure::illegal("isv.invalid-charset", "字符集错误"))?;
    let bad_sign = Failure::illegal("isv.invalid-signature", "验签出错，请检查签名串、密钥与字符集");
    let sign = needed("sign", 344, Failure::missing("isv.missing-signature", "缺少签名参数"), bad_sign)?;
    let key = match sign_type {
        SignType::Rsa => VerifyingKey::Rsa(app.public_key.clone()),
        _ => VerifyingKey::Rsa2(app.public_key.clone()),
    };
    key.verify(&presign(form.params(), &["sign"]), sign.as_bytes()).map_err(|_| bad_sign)?;
    let params = Params::decode(form, charset).ok_or(Failure::illegal("isv.invalid-charset", "参数与字符集不符"))?;
    Ok(Call { app, params })
}

/// `timestamp`, `version` and `format`.
fn check_frame<'f>(
    form: &'f Form,
    needed: &impl Fn(&str, usize, Failure, Failure) -> Result<&'f str, Failure>,
) -> Result<(), Failure> {
    let bad_time = Failure::illegal("isv.invalid-timestamp", "非法的时间戳参数");
    let missing_time = Failure::missing("isv.missing-timestamp", "缺少时间戳参数");
    let timestamp = needed("timestamp", 19, missing_time, bad_time)?;
    beijing::parse(timestamp).ok_or(bad_time)?;
    let bad_version = Failure::illegal("isv.invalid-parameter", "版本参数无效");
    let missing_version = Failure::missing("isv.missing-version", "缺少版本参数");
    if needed("version", 3, missing_version, bad_version)? != "1.0" {
        return Err(bad_version);
    }
    if !matches!(ascii(form, "format"), "" | "JSON" | "json") {
        return Err(Failure::illegal("isv.invalid-format", "无效的数据格式"));
    }
    Ok(())
}

fn sign_type(form: &Form) -> Result<SignType, Failure> {
    match ascii(form, "sign_type") {
        "" => Err(Failure::missing("isv.missing-signature-type", "缺少签名类型参数")),
        "RSA2" => Ok(SignType::Rsa2),
        "RSA" => Ok(SignType::Rsa),
        _ => Err(Failure::illegal("isv.invalid-signature-type", "无效的签名类型")),
    }
}

/// Payload first, `sign` last, nothing between; the signature covers the payload's bytes in `charset`.
fn reply(charset: Charset, payload: &Payload, key: Option<&SigningKey>, signature: Signature) -> HttpResponse {
    let (name, json) = match payload {
        Payload::Good(json) => ("alipay_system_oauth_token_response", json.clone()),
        Payload::Bad(failure) => ("error_response", failure.json()),
    };
    let bytes = charset.encode(&json).unwrap_or_else(|_| json.clone().into_bytes());
    let mut body = format!("{{\"{name}\":").into_bytes();
    body.extend_from_slice(&bytes);
    if let Some(Ok(mut sign)) = key.filter(|_| signature != Signature::Absent).map(|key| key.sign(&bytes)) {
        if signature == Signature::Spoilt {
            sign = spoil(&sign);
        }
        body.extend_from_slice(format!(",\"sign\":\"{sign}\"").as_bytes());
    }
    body.push(b'}');
    let kind = format!("text/html;charset={}", charset.name().to_ascii_lowercase());
    HttpResponse::Ok().insert_header(("content-type", kind)).body(body)
}

/// A value that can only be ASCII; anything else reads as absent.
fn ascii<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).and_then(|value| std::str::from_utf8(value).ok()).unwrap_or_default()
}
