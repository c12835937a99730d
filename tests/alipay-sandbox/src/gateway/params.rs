//! Parameters after verification: decoded to text, asked for by name with their length limits.

use alipay_global::{charset::Charset, form::Form};

/// A merged form in one charset.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

/// A parameter that is absent or not as documented; the text names it and fits `detail_error_des`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Invalid(pub(super) String);

impl Params {
    /// Decodes every name and value; `None` if one is not of this charset.
    pub(super) fn decode(form: &Form, charset: Charset) -> Option<Self> {
        let text = |(name, value): &(Vec<u8>, Vec<u8>)| Some((charset.decode(name)?, charset.decode(value)?));
        form.params().iter().map(text).collect::<Option<_>>().map(Self)
    }

    /// All pairs in order of arrival.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The value, or an empty text.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// The value, at most `len_max` characters; empty if absent.
    pub(super) fn optional(&self, name: &str, len_max: usize) -> Result<&str, Invalid> {
        let value = self.get(name);
        if value.chars().count() > len_max {
            return Err(Invalid(format!("{name} is longer than {len_max}")));
        }
        Ok(value)
    }

    /// The value, present and at most `len_max` characters.
    pub(super) fn needed(&self, name: &str, len_max: usize) -> Result<&str, Invalid> {
        match self.optional(name, len_max)? {
            "" => Err(Invalid(format!("{name} is missing"))),
            value => Ok(value),
        }
    }
}
