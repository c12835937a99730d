//! `application/x-www-form-urlencoded` over bytes: what notices arrive as and requests leave as.
//!
//! The order and the decoded bytes are kept as they came, because the signature covers them. No charset is applied
//! here; `presign` works on these bytes and [`Charset`](crate::charset::Charset) on the values afterwards.

/// Most parameters of one form; Alipay's notices have about thirty.
const PARAMS_MAX: usize = 200;

/// A form whose names are unique, in the order of arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    params: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Why a body is not a form that can be trusted with a signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A `%` that two hexadecimal digits do not follow.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    BrokenEscape,
    /// A name that comes twice: which one was signed cannot be told.
    #[error("the parameter {0:?} comes more than once")]
    Duplicate(String),
    /// More parameters than any message of Alipay has.
    #[error("the form has more than {PARAMS_MAX} parameters")]
    TooMany,
}

impl Form {
    /// Decodes a body or a query string. In `sign`, spaces become `+` again: some senders do not escape the plus signs
    /// of base64 (alipay.md §3.2).
    ///
    /// # Errors
    /// [`FormError`] for broken escapes, repeated names, and too many parameters.
    pub fn parse(body: &[u8]) -> Result<Self, FormError> {
        let mut form = Self::default();
        for pair in body.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |&byte| byte == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let mut value = decode(halves.next().unwrap_or_default())?;
            if name == b"sign" {
                value.iter_mut().filter(|byte| **byte == b' ').for_each(|byte| *byte = b'+');
            }
            form.push(name, value)?;
        }
        Ok(form)
    }

    /// Joins the parameters of a URL query and of a body, as a receiver of Alipay requests must (alipay.md §2.1). A
    /// name may stand in both if the value is the same.
    ///
    /// # Errors
    /// [`FormError::Duplicate`] where the values differ.
    pub fn merge(mut self, other: Self) -> Result<Self, FormError> {
        for (name, value) in other.params {
            if self.params.iter().all(|known| known.0 != name || known.1 != value) {
                self.push(name, value)?;
            }
        }
        Ok(self)
    }

    /// The decoded bytes of a value.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.params.iter().find(|(known, _)| known == name.as_bytes()).map(|(_, value)| value.as_slice())
    }

    /// All parameters in the order of arrival, ready for [`presign`](crate::sign::presign).
    pub fn params(&self) -> &[(Vec<u8>, Vec<u8>)] {
        &self.params
    }

    fn push(&mut self, name: Vec<u8>, value: Vec<u8>) -> Result<(), FormError> {
        if self.params.len() >= PARAMS_MAX {
            return Err(FormError::TooMany);
        }
        if self.params.iter().any(|(known, _)| *known == name) {
            return Err(FormError::Duplicate(String::from_utf8_lossy(&name).into_owned()));
        }
        self.params.push((name, value));
        Ok(())
    }
}

/// Encodes parameters whose values are already bytes of the declared charset. Only letters, digits and `-._~` stay as
/// they are, so the result fits a body and a query alike.
pub fn encode<N: AsRef<[u8]>, V: AsRef<[u8]>>(params: &[(N, V)]) -> String {
    let mut text = String::new();
    for (name, value) in params {
        if !text.is_empty() {
            text.push('&');
        }
        escape(name.as_ref(), &mut text);
        text.push('=');
        escape(value.as_ref(), &mut text);
    }
    text
}

fn escape(bytes: &[u8], text: &mut String) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.push_str(&hex::encode_upper([byte]));
        }
    }
}

fn decode(text: &[u8]) -> Result<Vec<u8>, FormError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(nibble), rest.next().and_then(nibble)) {
                (Some(high), Some(low)) => (high << 4) | low,
                _ => return Err(FormError::BrokenEscape),
            },
            plain => plain,
        });
    }
    Ok(bytes)
}

fn nibble(digit: &u8) -> Option<u8> {
    char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::{Form, FormError, encode};

    #[test]
    fn order_and_bytes_are_kept() {
        let form = Form::parse(b"z=%B3%F6+x&a=1%2B1&&empty=&bare").unwrap();
        let names: Vec<&[u8]> = form.params().iter().map(|(name, _)| name.as_slice()).collect();
        assert_eq!(names, [b"z".as_slice(), b"a", b"empty", b"bare"]);
        assert_eq!(form.get("z").unwrap(), b"\xb3\xf6 x");
        assert_eq!(form.get("a").unwrap(), b"1+1");
        assert_eq!(form.get("empty").unwrap(), b"");
        assert_eq!(form.get("none"), None);
    }

    #[test]
    fn a_plus_that_was_not_escaped_is_repaired_in_sign_only() {
        let form = Form::parse(b"sign=a+b%2Bc&sign_type=x+y").unwrap();
        assert_eq!(form.get("sign").unwrap(), b"a+b+c");
        assert_eq!(form.get("sign_type").unwrap(), b"x y");
    }

    #[test]
    fn a_name_that_comes_twice_is_refused_even_when_spelled_differently() {
        assert_eq!(Form::parse(b"a=1&%61=1"), Err(FormError::Duplicate("a".into())));
        assert_eq!(Form::parse(b"a=%4"), Err(FormError::BrokenEscape));
        assert_eq!(Form::parse(b"a=%zz"), Err(FormError::BrokenEscape));
        let many: Vec<String> = (0..300).map(|number| format!("p{number}=1")).collect();
        assert_eq!(Form::parse(many.join("&").as_bytes()), Err(FormError::TooMany));
    }

    #[test]
    fn query_and_body_merge_unless_they_contradict() {
        let query = Form::parse(b"_input_charset=UTF-8").unwrap();
        let body = Form::parse(b"_input_charset=UTF-8&service=x").unwrap();
        assert_eq!(query.clone().merge(body).unwrap().params().len(), 2);
        let other = Form::parse(b"_input_charset=GBK").unwrap();
        assert_eq!(query.merge(other), Err(FormError::Duplicate("_input_charset".into())));
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same_bytes() {
        let params = [(b"subject".to_vec(), b"\xb3\xf6 A&B=100%+*".to_vec())];
        let text = encode(&params);
        assert_eq!(text, "subject=%B3%F6%20A%26B%3D100%25%2B%2A");
        assert_eq!(Form::parse(text.as_bytes()).unwrap().params(), params);
    }
}
