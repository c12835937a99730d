//! Signatures of both gateways: the string that is signed, the keys, and the three algorithms (alipay.md §3).
//!
//! Everything that is sent is signed here and everything that is received is verified here. The algorithm is part of
//! the configured key ([`SigningKey`], [`VerifyingKey`]); no function in this module reads `sign_type` from a message.

mod key;
mod md5;
mod pem;
mod presign;
mod private_key;
mod public_key;

pub use self::key::{SignError, SignType, SigningKey, UnknownSignType, VerifyError, VerifyingKey};
pub use self::md5::Md5Key;
pub use self::pem::KeyError;
pub use self::presign::{hides_field, presign};
pub use self::private_key::PrivateKey;
pub use self::public_key::PublicKey;
