//! The charsets of Alipay's messages (alipay.md §3.3): encoding what we send, decoding what was verified.
//!
//! Signatures are made and checked over bytes; text exists only before the first and after the second.

use std::fmt;
use std::str::FromStr;

use encoding_rs::{Encoding, GBK, UTF_8};

/// A charset that a message declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// What every new integration should declare.
    Utf8,
    /// Where Alipay falls back to, asked or not.
    Gbk,
    /// Declared by old clients; a subset of GBK and coded as GBK.
    Gb2312,
}

/// A charset name that Alipay does not use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the charset is not UTF-8, GBK or GB2312")]
pub struct UnknownCharset;

/// A text with a character that the charset does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text holds a character that {0} cannot express; declare UTF-8 or change the text")]
pub struct Unmappable(pub Charset);

impl Charset {
    /// The name as it is declared on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gbk => "GBK",
            Self::Gb2312 => "GB2312",
        }
    }

    /// The bytes of `text` in this charset.
    ///
    /// # Errors
    /// [`Unmappable`] instead of a replacement character, which would be signed and shown.
    pub fn encode(self, text: &str) -> Result<Vec<u8>, Unmappable> {
        let (bytes, _, unmappable) = self.encoding().encode(text);
        if unmappable { Err(Unmappable(self)) } else { Ok(bytes.into_owned()) }
    }

    /// The text of `bytes`, or `None` where they are not of this charset.
    pub fn decode(self, bytes: &[u8]) -> Option<String> {
        self.encoding().decode_without_bom_handling_and_without_replacement(bytes).map(|text| text.into_owned())
    }

    /// The text of `bytes` in this charset, else in GBK (which Alipay has sent unasked), else with replacement
    /// characters: a name that cannot be read must not cost a verified payment.
    pub fn decode_or_gbk(self, bytes: &[u8]) -> String {
        self.decode(bytes).or_else(|| Self::Gbk.decode(bytes)).unwrap_or_else(|| String::from_utf8_lossy(bytes).into())
    }

    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gbk | Self::Gb2312 => GBK,
        }
    }
}

impl fmt::Display for Charset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Charset {
    type Err = UnknownCharset;

    fn from_str(name: &str) -> Result<Self, UnknownCharset> {
        let name = name.trim();
        if name.eq_ignore_ascii_case("utf8") {
            return Ok(Self::Utf8);
        }
        [Self::Utf8, Self::Gbk, Self::Gb2312]
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(name))
            .ok_or(UnknownCharset)
    }
}

#[cfg(test)]
mod tests {
    use super::{Charset, Unmappable};

    #[test]
    fn gbk_bytes_come_and_go() {
        let bytes = Charset::Gbk.encode("出租车").unwrap();
        assert_eq!(bytes, [0xb3, 0xf6, 0xd7, 0xe2, 0xb3, 0xb5]);
        assert_eq!(Charset::Gb2312.decode(&bytes).unwrap(), "出租车");
        assert_eq!(Charset::Utf8.decode(&bytes), None);
        assert_eq!(Charset::Utf8.decode_or_gbk(&bytes), "出租车");
    }

    #[test]
    fn a_character_outside_the_charset_is_refused_not_replaced() {
        assert_eq!(Charset::Gbk.encode("🚕"), Err(Unmappable(Charset::Gbk)));
        assert_eq!(Charset::Utf8.encode("🚕").unwrap(), "🚕".as_bytes());
    }

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!("utf-8".parse(), Ok(Charset::Utf8));
        assert_eq!("UTF8".parse(), Ok(Charset::Utf8));
        assert_eq!("gbk".parse(), Ok(Charset::Gbk));
        assert!("latin1".parse::<Charset>().is_err());
    }
}
