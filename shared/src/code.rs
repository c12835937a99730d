//! The two codes that a car shows, both derived from the key shared at enrolment so that they work without a link.
//!
//! The *bill code* is the end of the link in the QR code: it names one bill, one version, one nonce. The *screen code*
//! is three digits, new every 30 s, that prove to the platform that a person with a sticker link or a typed plate
//! really sits in the car.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{id::BillId, time::Timestamp};

/// How long one screen code stands, seconds.
pub const SCREEN_CODE_PERIOD_S: i64 = 30;

fn mac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC takes a key of any length, so this cannot fail; zeros would simply match nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// The end of the link in a bill's QR code: 22 characters for the bill, a dot, 8 for the MAC.
#[must_use]
pub fn bill_code(key: &[u8; 32], bill: BillId, version: u32, nonce: &[u8; 16]) -> String {
    let tag = mac(key, &[b"fareway bill code 1", &bill.bytes(), &version.to_be_bytes(), nonce]);
    let short: Vec<u8> = tag.iter().take(6).copied().collect();
    format!("{}.{}", URL_SAFE_NO_PAD.encode(bill.bytes()), URL_SAFE_NO_PAD.encode(short))
}

/// The bill that a code claims to name, before its MAC is checked.
#[must_use]
pub fn claimed_bill(code: &str) -> Option<BillId> {
    let (id, _) = code.split_once('.')?;
    let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(id).ok()?.try_into().ok()?;
    Some(BillId(uuid::Uuid::from_bytes(bytes)))
}

/// Whether a scanned code is exactly this bill's; compared in constant time.
#[must_use]
pub fn bill_code_fits(scanned: &str, key: &[u8; 32], bill: BillId, version: u32, nonce: &[u8; 16]) -> bool {
    bill_code(key, bill, version, nonce).as_bytes().ct_eq(scanned.as_bytes()).into()
}

/// The three digits on the car's screen at an instant.
#[must_use]
pub fn screen_code(key: &[u8; 32], at: Timestamp) -> String {
    code_of_period(key, at.seconds().div_euclid(SCREEN_CODE_PERIOD_S))
}

fn code_of_period(key: &[u8; 32], period: i64) -> String {
    let tag = mac(key, &[b"fareway screen code 1", &period.to_be_bytes()]);
    let number = tag.iter().take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:03}", number % 1000)
}

/// Whether typed digits are right now, or one period to either side (a person needs time to type; clocks drift).
#[must_use]
pub fn screen_code_fits(typed: &str, key: &[u8; 32], at: Timestamp) -> bool {
    let period = at.seconds().div_euclid(SCREEN_CODE_PERIOD_S);
    (-1..=1).fold(false, |fits, shift| {
        let right = code_of_period(key, period.saturating_add(shift));
        fits | bool::from(right.as_bytes().ct_eq(typed.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bill_code_names_one_version_of_one_bill() {
        let bill = BillId(uuid::Uuid::from_u128(42));
        let code = bill_code(&[1; 32], bill, 1, &[2; 16]);
        assert_eq!(code.len(), 31);
        assert_eq!(claimed_bill(&code), Some(bill));
        assert!(bill_code_fits(&code, &[1; 32], bill, 1, &[2; 16]));
        assert!(!bill_code_fits(&code, &[1; 32], bill, 2, &[2; 16]), "an old version's code still opened the bill");
        assert!(!bill_code_fits(&code, &[1; 32], bill, 1, &[3; 16]), "a dead nonce's code still opened the bill");
        assert!(!bill_code_fits(&code, &[9; 32], bill, 1, &[2; 16]));
        assert_eq!(claimed_bill("nonsense"), None);
    }

    #[test]
    fn a_screen_code_lives_for_its_period_and_one_to_either_side() {
        let at = Timestamp::from_seconds(1_800_000_000);
        let code = screen_code(&[1; 32], at);
        assert_eq!(code.len(), 3);
        assert!(screen_code_fits(&code, &[1; 32], Timestamp::from_seconds(1_800_000_000 + 30)));
        let later: Vec<bool> = (2..50)
            .map(|periods| screen_code_fits(&code, &[1; 32], Timestamp::from_seconds(1_800_000_000 + 30 * periods)))
            .collect();
        assert!(later.iter().filter(|fits| **fits).count() <= 6, "old screen codes keep working");
    }
}
