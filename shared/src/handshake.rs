//! How a car and the platform greet each other on a fresh connection. Both sign the other's fresh nonce, so a recorded
//! greeting is worth nothing; the platform's answer also carries the only time that the car trusts.

use serde::{Deserialize, Serialize};

use crate::{
    canonical::{Reader, Writer},
    id::DeviceId,
    signature::{PrivateKey, PublicKey, SignatureError, Signed},
    time::Timestamp,
};

const HELLO: [u8; 4] = *b"FWHH";
const WELCOME: [u8; 4] = *b"FWHW";

/// The car's greeting, signed by the device key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Who greets.
    pub device: DeviceId,
    /// The platform's nonce of this connection.
    pub challenge: [u8; 32],
    /// The car's nonce of this connection.
    pub nonce: [u8; 32],
    /// Highest platform sequence that the car has persisted; what follows is sent again.
    pub last_sequence: u64,
    /// Highest command number that the car has ever issued. It never goes back.
    pub last_command: u64,
    /// The platform key that the car believes; the answer must be signed by this one.
    pub platform_key: PublicKey,
}

/// [`Hello`] as it travels: the device is named in the open so that its key can be looked up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedHello {
    /// Whose key to check with.
    pub device: DeviceId,
    /// The signed greeting.
    pub hello: Signed,
}

impl Hello {
    /// Signs the greeting.
    #[must_use]
    pub fn seal(&self, key: &PrivateKey) -> SignedHello {
        let body = Writer::new(HELLO, 1)
            .fixed(&self.device.bytes())
            .fixed(&self.challenge)
            .fixed(&self.nonce)
            .u64(self.last_sequence)
            .u64(self.last_command)
            .fixed(&self.platform_key.0)
            .finish();
        SignedHello { device: self.device, hello: key.seal(body) }
    }

    /// Checks a greeting against the challenge that was sent on this connection.
    ///
    /// # Errors
    /// Another key, another connection, or another device than the one named.
    pub fn open(sealed: &SignedHello, key: &PublicKey, challenge: &[u8; 32]) -> Result<Self, SignatureError> {
        let mut reader = Reader::open(sealed.hello.verified_by(key)?, HELLO, 1)?;
        let hello = Self {
            device: DeviceId(uuid::Uuid::from_bytes(reader.array()?)),
            challenge: reader.array()?,
            nonce: reader.array()?,
            last_sequence: reader.u64()?,
            last_command: reader.u64()?,
            platform_key: PublicKey(reader.array()?),
        };
        reader.close()?;
        if hello.challenge == *challenge && hello.device == sealed.device {
            Ok(hello)
        } else {
            Err(SignatureError::BadSignature)
        }
    }
}

/// The platform's answer, signed by the platform key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// To whom.
    pub device: DeviceId,
    /// The car's nonce of this connection.
    pub nonce: [u8; 32],
    /// The platform's time, the only one a car trusts.
    pub server_time: Timestamp,
    /// Highest command number that the platform has applied; what follows should be sent again.
    pub last_command: u64,
}

impl Welcome {
    /// Signs the answer.
    #[must_use]
    pub fn seal(&self, key: &PrivateKey) -> Signed {
        let body = Writer::new(WELCOME, 1)
            .fixed(&self.device.bytes())
            .fixed(&self.nonce)
            .i64(self.server_time.0)
            .u64(self.last_command)
            .finish();
        key.seal(body)
    }

    /// Checks an answer against this connection's own nonce.
    ///
    /// # Errors
    /// Another key, another connection, or meant for another device.
    pub fn open(sealed: &Signed, key: &PublicKey, device: DeviceId, nonce: &[u8; 32]) -> Result<Self, SignatureError> {
        let mut reader = Reader::open(sealed.verified_by(key)?, WELCOME, 1)?;
        let welcome = Self {
            device: DeviceId(uuid::Uuid::from_bytes(reader.array()?)),
            nonce: reader.array()?,
            server_time: Timestamp(reader.i64()?),
            last_command: reader.u64()?,
        };
        reader.close()?;
        if welcome.device == device && welcome.nonce == *nonce {
            Ok(welcome)
        } else {
            Err(SignatureError::BadSignature)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_greeting_is_worth_nothing_on_another_connection() {
        let (platform, device) = (PrivateKey::from_bytes(&[1; 32]), PrivateKey::from_bytes(&[2; 32]));
        let id = DeviceId(uuid::Uuid::from_u128(5));
        let hello = Hello {
            device: id,
            challenge: [1; 32],
            nonce: [2; 32],
            last_sequence: 4,
            last_command: 9,
            platform_key: platform.public(),
        };
        let sealed = hello.seal(&device);
        assert_eq!(Hello::open(&sealed, &device.public(), &[1; 32]), Ok(hello));
        assert!(Hello::open(&sealed, &device.public(), &[3; 32]).is_err());
        let welcome = Welcome { device: id, nonce: [2; 32], server_time: Timestamp(77), last_command: 9 };
        let sealed = welcome.seal(&platform);
        assert_eq!(Welcome::open(&sealed, &platform.public(), id, &[2; 32]), Ok(welcome));
        assert!(Welcome::open(&sealed, &platform.public(), id, &[4; 32]).is_err());
        assert!(Welcome::open(&sealed, &device.public(), id, &[2; 32]).is_err());
    }
}
