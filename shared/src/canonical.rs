//! The byte strings that get signed: a four-letter kind, a version, then fixed-width numbers (big-endian) and
//! length-prefixed texts. One value has one encoding, and reading refuses anything left over.

/// Why bytes are not the message they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// Another kind of message.
    #[error("the message is of another kind")]
    OtherKind,
    /// A version this side does not know.
    #[error("the message has version {0}, which this program does not know")]
    OtherVersion(u8),
    /// It ends too early.
    #[error("the message is cut short")]
    Short,
    /// Bytes are left over, or a value is out of its range.
    #[error("the message is malformed")]
    Malformed,
}

/// Builds a canonical byte string.
#[derive(Debug)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Starts a message of a kind and version.
    #[must_use]
    pub fn new(kind: [u8; 4], version: u8) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(&kind);
        bytes.push(version);
        Self(bytes)
    }

    /// One byte.
    #[must_use]
    pub fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    /// Four bytes.
    #[must_use]
    pub fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// Eight bytes.
    #[must_use]
    pub fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// Eight bytes, signed.
    #[must_use]
    pub fn i64(mut self, value: i64) -> Self {
        self.0.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// Bytes of a width both sides know.
    #[must_use]
    pub fn fixed(mut self, value: &[u8]) -> Self {
        self.0.extend_from_slice(value);
        self
    }

    /// Up to 65,535 bytes with their length before them; longer input is cut, and then fails to verify.
    #[must_use]
    pub fn bytes(mut self, value: &[u8]) -> Self {
        let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend(value.iter().take(usize::from(length)));
        self
    }

    /// The finished bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads a canonical byte string.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Opens a message that must be of this kind and version.
    ///
    /// # Errors
    /// Another kind, another version, or too short to tell.
    pub fn open(bytes: &'a [u8], kind: [u8; 4], version: u8) -> Result<Self, CanonicalError> {
        let mut reader = Self(bytes);
        if reader.array::<4>()? != kind {
            return Err(CanonicalError::OtherKind);
        }
        match reader.u8()? {
            found if found == version => Ok(reader),
            found => Err(CanonicalError::OtherVersion(found)),
        }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], CanonicalError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(CanonicalError::Short)?;
        self.0 = rest;
        Ok(head)
    }

    /// Bytes of a known width.
    ///
    /// # Errors
    /// The message ends before.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CanonicalError> {
        self.take(N)?.try_into().map_err(|_| CanonicalError::Short)
    }

    /// One byte.
    ///
    /// # Errors
    /// The message ends before.
    pub fn u8(&mut self) -> Result<u8, CanonicalError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    /// Four bytes.
    ///
    /// # Errors
    /// The message ends before.
    pub fn u32(&mut self) -> Result<u32, CanonicalError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Eight bytes.
    ///
    /// # Errors
    /// The message ends before.
    pub fn u64(&mut self) -> Result<u64, CanonicalError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// Eight bytes, signed.
    ///
    /// # Errors
    /// The message ends before.
    pub fn i64(&mut self) -> Result<i64, CanonicalError> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// Length-prefixed bytes.
    ///
    /// # Errors
    /// The message ends before.
    pub fn bytes(&mut self) -> Result<&'a [u8], CanonicalError> {
        let length = u16::from_be_bytes(self.array()?);
        self.take(usize::from(length))
    }

    /// Length-prefixed UTF-8.
    ///
    /// # Errors
    /// The message ends before, or the bytes are no text.
    pub fn text(&mut self) -> Result<String, CanonicalError> {
        String::from_utf8(self.bytes()?.to_vec()).map_err(|_| CanonicalError::Malformed)
    }

    /// Nothing may be left.
    ///
    /// # Errors
    /// Bytes are left over.
    pub fn close(self) -> Result<(), CanonicalError> {
        if self.0.is_empty() { Ok(()) } else { Err(CanonicalError::Malformed) }
    }
}
