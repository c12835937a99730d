//! The one table from what went wrong to what a caller is told: a status, a stable word for programs, and a sentence in
//! Chinese and English that a person can act on. Of a fault of ours the caller learns nothing else; it is logged here.

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;

use crate::{fleet::error::FleetError, identity::error::IdentityError, store_error::StoreError};

/// An answer that is not a success. Its body is `{code, zh, en}`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {en}")]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for a person, Chinese.
    pub zh: String,
    /// A sentence for a person, English.
    pub en: String,
    /// When to try again, seconds.
    pub retry_after_s: Option<u64>,
}

#[derive(Serialize)]
struct Body<'a> {
    code: &'a str,
    zh: &'a str,
    en: &'a str,
}

impl ApiError {
    /// An error with its sentences.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, zh: &str, en: &str) -> Self {
        Self { status, code, zh: zh.to_owned(), en: en.to_owned(), retry_after_s: None }
    }

    /// The request does not read.
    #[must_use]
    pub fn malformed() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "malformed",
            "请求内容不完整，请刷新页面后重试。",
            "The request could not be read. Reload the page and try again.",
        )
    }

    /// The body is larger than allowed.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "内容太长，请缩短后重试。",
            "That is too long. Shorten it and try again.",
        )
    }

    /// Sent by another site's page.
    #[must_use]
    pub fn foreign() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "该请求来自其他网站，已拒绝。请直接在本页面操作。",
            "This request came from another site and was refused. Use this page directly.",
        )
    }

    /// No such thing here.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "找不到该内容。", "There is nothing here.")
    }

    pub(super) fn ours() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "系统出现问题，请稍后重试；若仍不行，请联系运维人员。",
            "Something went wrong on our side. Try again; if it stays, tell your operator.",
        )
    }

    fn again_in(self, seconds: u64) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after_s {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        response.json(Body { code: self.code, zh: &self.zh, en: &self.en })
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "刚刚有人做了别的更改，请再试一次。",
                "Somebody changed this just now. Try again.",
            ),
            StoreError::Unavailable(cause) => {
                tracing::error!(error = %cause, "the database does not answer a request");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "系统暂时繁忙，请稍后重试。",
                    "The platform is not available for the moment. Try again shortly.",
                )
                .again_in(5)
            }
            StoreError::Unreadable { .. } => {
                tracing::error!(%error, "a stored value does not read");
                Self::ours()
            }
        }
    }
}

impl From<FleetError> for ApiError {
    fn from(error: FleetError) -> Self {
        match error {
            FleetError::PlateTaken(plate) => Self::new(
                StatusCode::CONFLICT,
                "plate_taken",
                &format!("车牌 {plate} 已在本车队登记。"),
                &format!("A vehicle with plate {plate} is already registered in this fleet."),
            ),
            FleetError::UnknownVehicle => Self::new(
                StatusCode::NOT_FOUND,
                "unknown_vehicle",
                "本车队没有这辆车，请刷新列表。",
                "There is no such vehicle in this fleet. Reload the list.",
            ),
            FleetError::EnrolmentCode => Self::new(
                StatusCode::CONFLICT,
                "enrolment_code",
                "登记码无效、已使用或已过期，请重新生成。",
                "The enrolment code is unknown, used or out of date. Make a new one.",
            ),
            FleetError::Refused { .. } => Self::new(
                StatusCode::CONFLICT,
                "device_refused",
                "这台车载设备的状态不允许此操作，请刷新后查看。",
                "The state of this device does not allow that. Reload and look again.",
            ),
            FleetError::Store(cause) => cause.into(),
        }
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::WrongCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_credentials",
                "用户名或密码不正确。",
                "The name or the password is not right.",
            ),
            IdentityError::Locked { wait } => {
                let minutes = wait.as_secs().div_ceil(60).max(1);
                Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "locked",
                    &format!("尝试次数过多，请 {minutes} 分钟后再试。"),
                    &format!("Too many tries. Wait {minutes} min and try again."),
                )
                .again_in(wait.as_secs().max(1))
            }
            IdentityError::SignedOut => Self::new(
                StatusCode::UNAUTHORIZED,
                "signed_out",
                "您尚未登录或登录已过期，请重新登录。",
                "You are not signed in, or your session has ended. Sign in again.",
            ),
            IdentityError::NameTaken | IdentityError::BadName | IdentityError::BadPassword => Self::malformed(),
            IdentityError::Hashing(_) => {
                tracing::error!(%error, "a password could not be checked");
                Self::ours()
            }
            IdentityError::Store(cause) => cause.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::MessageBody;

    use super::*;

    #[test]
    fn a_fault_of_ours_tells_the_caller_nothing_about_us() {
        let cause = Box::new(std::io::Error::other("password of fareway@10.0.0.9 is wrong"));
        for error in [
            StoreError::Unavailable(cause),
            StoreError::Unreadable { what: "bill.total_minor", value: "secret".into() },
        ] {
            let response = ApiError::from(FleetError::Store(error)).error_response();
            assert!(response.status().is_server_error());
            let body = response.into_body().try_into_bytes().unwrap();
            let text = String::from_utf8(body.to_vec()).unwrap();
            assert!(!text.contains("10.0.0.9") && !text.contains("secret") && !text.contains("bill"), "{text}");
        }
    }

    #[test]
    fn a_lock_says_how_long() {
        let locked = IdentityError::Locked { wait: std::time::Duration::from_secs(61) };
        let response = ApiError::from(locked).error_response();
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers().get(header::RETRY_AFTER).unwrap(), "61");
        let body = response.into_body().try_into_bytes().unwrap();
        assert!(String::from_utf8_lossy(&body).contains("Wait 2 min"));
    }
}
