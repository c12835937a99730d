//! Signed tokens: the `state` that travels through Alipay's authorisation page, the page's own token, and the text of
//! the session cookie. Each is a canonical byte string that begins with its kind, followed by a MAC over it, so that no
//! token passes for another kind. Called by the routes; must not look at a clock or a request.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use fareway_shared::{
    canonical::{CanonicalError, Reader, Writer},
    id::{BillId, FleetId, VehicleId},
    time::Timestamp,
};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ports::Target;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
const TOKEN_CHARS_MAX: usize = 512;

const STATE: [u8; 4] = *b"PaSt";
const PAGE: [u8; 4] = *b"PaPg";
const SESSION: [u8; 4] = *b"PaSe";

/// Why a token is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not signed by this installation, damaged, or of another kind.
    #[error("the token was not made here, or for something else")]
    Forged,
    /// Genuine, but past its time.
    #[error("the token is past its time")]
    Expired,
}

impl From<CanonicalError> for TokenError {
    fn from(_: CanonicalError) -> Self {
        Self::Forged
    }
}

/// The first bytes of a hash of a payer's id: who gave the screen code, without saying who.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder([u8; 8]);

impl Holder {
    /// Nobody: the target is not proven.
    pub const NOBODY: Self = Self([0; 8]);

    /// The mark of a payer.
    #[must_use]
    pub fn of(payer: &str) -> Self {
        let hash: [u8; 32] = Sha256::new().chain_update(b"fareway holder 1").chain_update(payer).finalize().into();
        Self(hash.first_chunk().copied().unwrap_or_default())
    }
}

/// What a token is about. A proof (the screen code was right) counts only for the passenger who gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    target: Target,
    holder: Holder,
}

impl Claim {
    /// A claim of `payer` to `target`; without a payer nothing is proven.
    #[must_use]
    pub fn new(target: Target, payer: Option<&str>) -> Self {
        match (target, payer) {
            (Target::Vehicle { proven: true, .. }, Some(payer)) => Self { target, holder: Holder::of(payer) },
            _ => Self { target: unproven(target), holder: Holder::NOBODY },
        }
    }

    /// The target as this payer may see it.
    #[must_use]
    pub fn for_payer(&self, payer: &str) -> Target {
        if self.holder == Holder::of(payer) { self.target } else { unproven(self.target) }
    }
}

/// The same target without its proof. A bill's code is its own proof.
fn unproven(target: Target) -> Target {
    match target {
        Target::Vehicle { fleet, vehicle, .. } => Target::Vehicle { fleet, vehicle, proven: false },
        bill @ Target::Bill { .. } => bill,
    }
}

/// The `state` of one authorisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthState {
    /// What the passenger wants to see.
    pub claim: Claim,
    /// Unguessable; bound to the browser by a cookie, and the key under which the exchange happens once.
    pub nonce: [u8; 16],
    /// How often an authorisation was tried for this scan, from 0.
    pub attempt: u8,
}

/// The key under which tokens are signed, and earlier ones: a receipt's link outlives the platform's key.
pub struct TokenKey {
    current: Zeroizing<[u8; 32]>,
    earlier: Vec<Zeroizing<[u8; 32]>>,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey(redacted)")
    }
}

impl TokenKey {
    /// Wraps secrets of the installation, made for this one use.
    #[must_use]
    pub fn new(current: [u8; 32], earlier: Vec<[u8; 32]>) -> Self {
        Self { current: Zeroizing::new(current), earlier: earlier.into_iter().map(Zeroizing::new).collect() }
    }

    /// Writes a state.
    #[must_use]
    pub fn seal_state(&self, state: &AuthState, until: Timestamp) -> String {
        let body = write_claim(Writer::new(STATE, VERSION), &state.claim).fixed(&state.nonce).u8(state.attempt);
        self.seal(body.i64(until.0))
    }

    /// Reads a state.
    ///
    /// # Errors
    /// Forged or expired.
    pub fn open_state(&self, text: &str, now: Timestamp) -> Result<AuthState, TokenError> {
        let bytes = self.open(text)?;
        let mut reader = Reader::open(&bytes, STATE, VERSION)?;
        let state = AuthState { claim: read_claim(&mut reader)?, nonce: reader.array()?, attempt: reader.u8()? };
        close(reader, now)?;
        Ok(state)
    }

    /// Writes a page's token.
    #[must_use]
    pub fn seal_page(&self, claim: &Claim, until: Timestamp) -> String {
        self.seal(write_claim(Writer::new(PAGE, VERSION), claim).i64(until.0))
    }

    /// Reads a page's token.
    ///
    /// # Errors
    /// Forged or expired.
    pub fn open_page(&self, text: &str, now: Timestamp) -> Result<Claim, TokenError> {
        let bytes = self.open(text)?;
        let mut reader = Reader::open(&bytes, PAGE, VERSION)?;
        let claim = read_claim(&mut reader)?;
        close(reader, now)?;
        Ok(claim)
    }

    /// Writes the text of a session cookie.
    #[must_use]
    pub fn seal_session(&self, payer: &str, until: Timestamp) -> String {
        self.seal(Writer::new(SESSION, VERSION).bytes(payer.as_bytes()).i64(until.0))
    }

    /// Reads a session cookie: the payer, and when the session ends.
    ///
    /// # Errors
    /// Forged or expired.
    pub fn open_session(&self, text: &str, now: Timestamp) -> Result<(String, Timestamp), TokenError> {
        let bytes = self.open(text)?;
        let mut reader = Reader::open(&bytes, SESSION, VERSION)?;
        let payer = reader.text()?;
        Ok((payer, close(reader, now)?))
    }

    fn seal(&self, body: Writer) -> String {
        let mut bytes = body.finish();
        bytes.extend_from_slice(&mac(&self.current, &bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, text: &str) -> Result<Vec<u8>, TokenError> {
        if text.len() > TOKEN_CHARS_MAX {
            return Err(TokenError::Forged);
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Forged)?;
        let body_len = bytes.len().checked_sub(MAC_BYTES).ok_or(TokenError::Forged)?;
        let tag = bytes.split_off(body_len);
        let keys = std::iter::once(&self.current).chain(&self.earlier);
        let ours = keys.fold(false, |ours, key| ours | bool::from(mac(key, &bytes).as_slice().ct_eq(&tag)));
        if ours { Ok(bytes) } else { Err(TokenError::Forged) }
    }
}

fn mac(key: &[u8; 32], body: &[u8]) -> [u8; MAC_BYTES] {
    // HMAC takes a key of any length, so this cannot fail; were it to, a random tag would open nothing.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return rand::random() };
    mac.update(b"fareway passenger token 1");
    mac.update(body);
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    full.first_chunk().copied().unwrap_or_default()
}

fn close(mut reader: Reader<'_>, now: Timestamp) -> Result<Timestamp, TokenError> {
    let until = Timestamp(reader.i64()?);
    reader.close()?;
    if now < until { Ok(until) } else { Err(TokenError::Expired) }
}

fn write_claim(body: Writer, claim: &Claim) -> Writer {
    let body = body.fixed(&claim.holder.0);
    match claim.target {
        Target::Bill { fleet, vehicle, bill, version } => {
            body.u8(1).fixed(&fleet.bytes()).fixed(&vehicle.bytes()).fixed(&bill.bytes()).u32(version)
        }
        Target::Vehicle { fleet, vehicle, proven } => {
            body.u8(2).fixed(&fleet.bytes()).fixed(&vehicle.bytes()).u8(u8::from(proven))
        }
    }
}

fn read_claim(reader: &mut Reader<'_>) -> Result<Claim, TokenError> {
    let holder = Holder(reader.array()?);
    let tag = reader.u8()?;
    let fleet = FleetId(Uuid::from_bytes(reader.array()?));
    let vehicle = VehicleId(Uuid::from_bytes(reader.array()?));
    let target = match tag {
        1 => Target::Bill { fleet, vehicle, bill: BillId(Uuid::from_bytes(reader.array()?)), version: reader.u32()? },
        2 => Target::Vehicle { fleet, vehicle, proven: reader.u8()? == 1 },
        _ => return Err(TokenError::Forged),
    };
    Ok(Claim { target, holder })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const LATER: Timestamp = Timestamp::from_seconds(1_800_000_600);

    fn key() -> TokenKey {
        TokenKey::new([7; 32], Vec::new())
    }

    fn bill() -> Target {
        let id = Uuid::from_u128;
        Target::Bill { fleet: FleetId(id(1)), vehicle: VehicleId(id(2)), bill: BillId(id(3)), version: 4 }
    }

    fn car(proven: bool) -> Target {
        Target::Vehicle { fleet: FleetId(Uuid::from_u128(1)), vehicle: VehicleId(Uuid::from_u128(2)), proven }
    }

    fn state() -> AuthState {
        AuthState { claim: Claim::new(bill(), None), nonce: [9; 16], attempt: 1 }
    }

    #[test]
    fn what_was_signed_before_the_platform_s_key_was_succeeded_still_opens() {
        let until = LATER;
        let before = key().seal_session("2088", until);
        let after = TokenKey::new([8; 32], vec![[7; 32]]);
        assert_eq!(after.open_session(&before, NOW), Ok(("2088".to_owned(), until)));
        assert_eq!(key().open_session(&after.seal_session("2088", until), NOW), Err(TokenError::Forged));
    }

    #[test]
    fn each_token_comes_back_as_it_was_written() {
        assert_eq!(key().open_state(&key().seal_state(&state(), LATER), NOW), Ok(state()));
        for claim in
            [Claim::new(bill(), Some("2088")), Claim::new(car(true), Some("2088")), Claim::new(car(false), None)]
        {
            assert_eq!(key().open_page(&key().seal_page(&claim, LATER), NOW), Ok(claim));
        }
        assert_eq!(key().open_session(&key().seal_session("2088", LATER), NOW), Ok(("2088".into(), LATER)));
    }

    #[test]
    fn no_token_passes_for_another_kind() {
        let (state, page, session) = (
            key().seal_state(&state(), LATER),
            key().seal_page(&Claim::new(bill(), None), LATER),
            key().seal_session("2088", LATER),
        );
        for other in [&page, &session] {
            assert_eq!(key().open_state(other, NOW), Err(TokenError::Forged));
        }
        for other in [&state, &session] {
            assert_eq!(key().open_page(other, NOW), Err(TokenError::Forged));
        }
        for other in [&state, &page] {
            assert_eq!(key().open_session(other, NOW), Err(TokenError::Forged));
        }
    }

    #[test]
    fn a_token_ends_at_its_time_and_not_before() {
        let token = key().seal_page(&Claim::new(bill(), None), LATER);
        assert!(key().open_page(&token, Timestamp(LATER.0 - 1)).is_ok());
        assert_eq!(key().open_page(&token, LATER), Err(TokenError::Expired));
    }

    #[test]
    fn one_flipped_bit_anywhere_or_another_key_is_refused() {
        let bytes = URL_SAFE_NO_PAD.decode(key().seal_state(&state(), LATER)).unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut forged = bytes.clone();
                forged[at] ^= 1 << bit;
                assert_eq!(key().open_state(&URL_SAFE_NO_PAD.encode(&forged), NOW), Err(TokenError::Forged));
            }
        }
        assert_eq!(
            TokenKey::new([8; 32], Vec::new()).open_state(&URL_SAFE_NO_PAD.encode(&bytes), NOW),
            Err(TokenError::Forged)
        );
        for nonsense in ["", "x", "%%%", &"A".repeat(4000)] {
            assert_eq!(key().open_state(nonsense, NOW), Err(TokenError::Forged));
        }
    }

    #[test]
    fn a_proof_counts_only_for_the_passenger_who_gave_it() {
        let claim = Claim::new(car(true), Some("2088111"));
        assert_eq!(claim.for_payer("2088111"), car(true));
        assert_eq!(claim.for_payer("2088222"), car(false), "a shared link carried the screen code along");
        assert_eq!(Claim::new(car(true), None).for_payer("2088111"), car(false));
        assert_eq!(Claim::new(bill(), None).for_payer("anybody"), bill());
    }

    #[test]
    fn the_key_stays_out_of_the_log() {
        assert_eq!(format!("{:?}", key()), "TokenKey(redacted)");
    }
}
