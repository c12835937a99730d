//! Enrolment: how a new in-car unit and the platform come to trust each other. The console shows a one-time code; it
//! carries a secret that proves the right to enrol and the fingerprint of the platform's key, so both ends are pinned
//! from the first message (confirmation.md §3).

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{Reader, Writer},
    id::{DeviceId, FleetId, VehicleId},
    money::Currency,
    signature::{PrivateKey, PublicKey, SignatureError, Signed},
};

/// Crockford's base 32: no I, L, O or U, so that a code can be read aloud.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code is not one the console made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the enrolment code is not complete; it has eight groups of four letters and digits")]
pub struct BadCode;

/// A one-time enrolment code: 10 secret bytes and the 10-byte fingerprint of the platform's key.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentCode {
    /// Proves the right to enrol; single use.
    pub secret: [u8; 10],
    /// Pins the platform's key.
    pub fingerprint: [u8; 10],
}

impl EnrolmentCode {
    /// Eight groups of four: `7QK2-…`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let bytes: Vec<u8> = self.secret.iter().chain(&self.fingerprint).copied().collect();
        let mut text = String::with_capacity(39);
        for (group, five) in bytes.chunks(5).enumerate() {
            let word = five.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
            for index in 0..8_u32 {
                if index % 4 == 0 && (group, index) != (0, 0) {
                    text.push('-');
                }
                let shift = 35_u32.saturating_sub(index.saturating_mul(5));
                let digit = usize::try_from((word >> shift) & 31).unwrap_or(0);
                text.push(ALPHABET.get(digit).copied().map_or('0', char::from));
            }
        }
        text
    }

    /// Reads a typed code; case, spaces, hyphens and the look-alikes O/0 and I/L/1 are forgiven.
    ///
    /// # Errors
    /// [`BadCode`] if it is not 32 letters and digits of the alphabet.
    pub fn parse(typed: &str) -> Result<Self, BadCode> {
        let digits: Vec<u64> = typed
            .chars()
            .filter(|character| !character.is_whitespace() && *character != '-')
            .map(|character| match character.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .map(|character| ALPHABET.iter().position(|letter| char::from(*letter) == character))
            .map(|place| place.and_then(|place| u64::try_from(place).ok()).ok_or(BadCode))
            .collect::<Result<_, _>>()?;
        if digits.len() != 32 {
            return Err(BadCode);
        }
        let bytes: Vec<u8> = digits
            .chunks(8)
            .map(|eight| eight.iter().fold(0_u64, |word, digit| (word << 5) | digit))
            .flat_map(|word| word.to_be_bytes().into_iter().skip(3))
            .collect();
        let (secret, fingerprint) = bytes.split_at_checked(10).ok_or(BadCode)?;
        Ok(Self {
            secret: secret.try_into().map_err(|_| BadCode)?,
            fingerprint: fingerprint.try_into().map_err(|_| BadCode)?,
        })
    }
}

impl std::fmt::Debug for EnrolmentCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EnrolmentCode(redacted)")
    }
}

/// What the car sends to enrol; the signature proves that it holds the private key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The secret half of the code.
    #[serde(with = "hex::serde")]
    pub secret: [u8; 10],
    /// The key pair that the device made just now; its public half.
    pub device_key: PublicKey,
    /// Signed by the device key over the challenge of this connection.
    pub proof: Signed,
}

/// What the platform grants, signed by the key whose fingerprint the code carried.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolled {
    /// The platform's key.
    pub platform_key: PublicKey,
    /// The device's key, so that the grant fits nobody else.
    pub device_key: PublicKey,
    /// The new device.
    pub device: DeviceId,
    /// Its fleet.
    pub fleet: FleetId,
    /// Its car.
    pub vehicle: VehicleId,
    /// The car's plate, as passengers read it.
    pub plate: String,
    /// The currency of the fleet's meters and prices.
    pub currency: Currency,
    /// Key for bill codes and three-digit codes (see [`crate::code`]).
    pub code_key: [u8; 32],
    /// Where passengers' links begin, without a trailing slash.
    pub public_url: String,
    /// Largest driver-keyed extra, and largest tip, in minor units.
    pub cap_minor: i64,
    /// The car's last message before this unit; earlier ones were for its predecessor.
    pub last_sequence: u64,
}

impl std::fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolled")
            .field("device", &self.device)
            .field("vehicle", &self.vehicle)
            .field("plate", &self.plate)
            .finish_non_exhaustive()
    }
}

const GRANT: [u8; 4] = *b"FWEG";
const PROOF: [u8; 4] = *b"FWEP";

/// The device's proof that it holds the private key, bound to this connection's challenge.
#[must_use]
pub fn prove(key: &PrivateKey, challenge: &[u8; 32], secret: &[u8; 10]) -> EnrolRequest {
    let proof = key.seal(Writer::new(PROOF, 1).fixed(challenge).fixed(secret).finish());
    EnrolRequest { secret: *secret, device_key: key.public(), proof }
}

impl EnrolRequest {
    /// Checks the proof against the challenge that was sent on this connection.
    ///
    /// # Errors
    /// The proof is not by the offered key, or belongs to another connection or code.
    pub fn check(&self, challenge: &[u8; 32]) -> Result<(), SignatureError> {
        let mut reader = Reader::open(self.proof.verified_by(&self.device_key)?, PROOF, 1)?;
        let fits = reader.array::<32>()? == *challenge && reader.array::<10>()? == self.secret;
        reader.close()?;
        if fits { Ok(()) } else { Err(SignatureError::BadSignature) }
    }
}

impl Enrolled {
    /// Signs the grant.
    #[must_use]
    pub fn seal(&self, key: &PrivateKey) -> Signed {
        let body = Writer::new(GRANT, 1)
            .fixed(&self.platform_key.0)
            .fixed(&self.device_key.0)
            .fixed(&self.device.bytes())
            .fixed(&self.fleet.bytes())
            .fixed(&self.vehicle.bytes())
            .bytes(self.plate.as_bytes())
            .bytes(self.currency.code().as_bytes())
            .fixed(&self.code_key)
            .bytes(self.public_url.as_bytes())
            .i64(self.cap_minor)
            .u64(self.last_sequence)
            .finish();
        key.seal(body)
    }

    /// Reads a grant: the key inside must have the code's fingerprint, must have signed the grant, and the grant must
    /// be for this device's key.
    ///
    /// # Errors
    /// Any of these fails: somebody else answered.
    pub fn open(grant: &Signed, code: &EnrolmentCode, device_key: &PublicKey) -> Result<Self, SignatureError> {
        let mut reader = Reader::open(&grant.body, GRANT, 1)?;
        let platform_key = PublicKey(reader.array()?);
        if platform_key.fingerprint() != code.fingerprint {
            return Err(SignatureError::BadKey);
        }
        grant.verified_by(&platform_key)?;
        let malformed = crate::canonical::CanonicalError::Malformed;
        let enrolled = Self {
            platform_key,
            device_key: PublicKey(reader.array()?),
            device: DeviceId(uuid::Uuid::from_bytes(reader.array()?)),
            fleet: FleetId(uuid::Uuid::from_bytes(reader.array()?)),
            vehicle: VehicleId(uuid::Uuid::from_bytes(reader.array()?)),
            plate: reader.text()?,
            currency: Currency::parse(&reader.text()?).map_err(|_| malformed)?,
            code_key: reader.array()?,
            public_url: reader.text()?,
            cap_minor: reader.i64()?,
            last_sequence: reader.u64()?,
        };
        reader.close()?;
        if enrolled.device_key == *device_key { Ok(enrolled) } else { Err(SignatureError::BadKey) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(platform: &PrivateKey) -> EnrolmentCode {
        EnrolmentCode { secret: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], fingerprint: platform.public().fingerprint() }
    }

    #[test]
    fn a_typed_code_is_forgiven_its_spaces_case_and_look_alikes() {
        let code = code(&PrivateKey::from_bytes(&[1; 32]));
        let text = code.to_text();
        assert_eq!(text.len(), 39);
        assert_eq!(EnrolmentCode::parse(&text), Ok(code.clone()));
        let sloppy = text.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
        assert_eq!(EnrolmentCode::parse(&sloppy), Ok(code));
        assert_eq!(EnrolmentCode::parse("7QK2"), Err(BadCode));
    }

    #[test]
    fn a_grant_by_another_platform_or_for_another_device_is_refused() {
        let (platform, device, thief) =
            (PrivateKey::from_bytes(&[1; 32]), PrivateKey::from_bytes(&[2; 32]), PrivateKey::from_bytes(&[3; 32]));
        let grant = Enrolled {
            platform_key: platform.public(),
            device_key: device.public(),
            device: DeviceId(uuid::Uuid::from_u128(1)),
            fleet: FleetId(uuid::Uuid::from_u128(2)),
            vehicle: VehicleId(uuid::Uuid::from_u128(3)),
            plate: "苏E·X1234".into(),
            currency: Currency::CNY,
            code_key: [4; 32],
            public_url: "https://pay.example".into(),
            cap_minor: 50_000,
            last_sequence: 12,
        };
        let sealed = grant.seal(&platform);
        assert_eq!(Enrolled::open(&sealed, &code(&platform), &device.public()), Ok(grant.clone()));
        assert!(Enrolled::open(&sealed, &code(&platform), &thief.public()).is_err());
        assert!(Enrolled::open(&grant.seal(&thief), &code(&platform), &device.public()).is_err());
        let impostor = Enrolled { platform_key: thief.public(), ..grant };
        assert!(Enrolled::open(&impostor.seal(&thief), &code(&platform), &device.public()).is_err());
    }

    #[test]
    fn a_proof_fits_one_connection_only() {
        let device = PrivateKey::from_bytes(&[2; 32]);
        let request = prove(&device, &[5; 32], &[1; 10]);
        assert!(request.check(&[5; 32]).is_ok());
        assert!(request.check(&[6; 32]).is_err());
    }
}
