//! `notify_verify`: asks the gateway whether it sent a notice (alipay.md §3.4, point 4).
//!
//! An auxiliary proof with an unsigned answer: good for doubting, never a replacement for the signature of the notice. It
//! works only until the notice was answered with success, so it is asked before that, with a short timeout.

use super::Mapi;
use super::request::{RequestError, check_text};
use crate::outcome::UnknownReason;

/// What the gateway says about a notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeVerdict {
    /// The bare word `true`.
    Sent,
    /// Anything else that was answered; usually `false` or `invalid`, also once the notice was answered.
    NotSent(String),
    /// No answer.
    Unknown(UnknownReason),
}

impl Mapi {
    /// Asks about the notice with this `notify_id`.
    ///
    /// # Errors
    /// [`RequestError::Field`] for a `notify_id` that no notice has.
    pub async fn notify_verify(&self, notify_id: &str) -> Result<NoticeVerdict, RequestError> {
        check_text("notify_id", notify_id, 128)?;
        let mut url = self.merchant.gateway_url.clone();
        url.query_pairs_mut()
            .append_pair("service", "notify_verify")
            .append_pair("partner", &self.merchant.partner)
            .append_pair("notify_id", notify_id);
        Ok(match self.http.get(url).await {
            Ok(answer) if answer.body.trim_ascii() == b"true" => NoticeVerdict::Sent,
            Ok(answer) => NoticeVerdict::NotSent(String::from_utf8_lossy(&answer.body).chars().take(40).collect()),
            Err(reason) => NoticeVerdict::Unknown(reason),
        })
    }
}
