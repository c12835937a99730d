//! The string that is signed (alipay.md §3.1), built over bytes because its charset is the message's, not ours.
//!
//! Called for requests, notices and XML answers. It signs what it is given: it knows no field list, so that unknown
//! parameters take part as Alipay demands.

/// Builds the string that is signed: parameters named in `exclude` and empty values dropped, the rest sorted by the
/// bytes of the name and joined as `k=v` with `&`. Values go in as they are, neither trimmed nor percent-encoded.
pub fn presign<N: AsRef<[u8]>, V: AsRef<[u8]>>(params: &[(N, V)], exclude: &[&str]) -> Vec<u8> {
    let mut signed: Vec<(&[u8], &[u8])> = params
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_ref()))
        .filter(|(name, value)| !value.is_empty() && exclude.iter().all(|left_out| left_out.as_bytes() != *name))
        .collect();
    signed.sort_unstable();

    let length = signed.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut text = Vec::with_capacity(length);
    for (name, value) in signed {
        if !text.is_empty() {
            text.push(b'&');
        }
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(value);
    }
    text
}

/// Whether some value holds `&name=` for one of `names`: the signed string would then also be the string of other
/// parameters.
///
/// Alipay joins values without escaping them. Someone who can place text in one value (a subject, a passed-back
/// parameter) could get `a&total_fee=9.00&total_g=` signed and send it on split elsewhere, with another amount and the
/// same signature. A verifier refuses a message of which this is true for a field that it acts on.
pub fn hides_field<N: AsRef<[u8]>, V: AsRef<[u8]>>(params: &[(N, V)], names: &[&str]) -> bool {
    params.iter().any(|(_, value)| {
        let mut parts = value.as_ref().split(|&byte| byte == b'&');
        parts.next();
        parts.any(|part| {
            part.split(|&byte| byte == b'=')
                .next()
                .is_some_and(|name| name.len() < part.len() && names.iter().any(|wanted| wanted.as_bytes() == name))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{hides_field, presign};

    #[test]
    fn names_are_ordered_by_their_bytes() {
        let params = [("b", "1"), ("_a", "2"), ("B", "3"), ("2", "4"), ("ab", "5")];
        assert_eq!(presign(&params, &[]), b"2=4&B=3&_a=2&ab=5&b=1");
    }

    #[test]
    fn empty_values_and_excluded_names_are_left_out_but_zero_is_kept() {
        let params = [("sign", "x"), ("sign_type", "RSA2"), ("empty", ""), ("zero", "0")];
        assert_eq!(presign(&params, &["sign", "sign_type"]), b"zero=0");
        assert_eq!(presign(&params, &["sign"]), b"sign_type=RSA2&zero=0");
        assert_eq!(presign::<&str, &str>(&[], &[]), b"");
    }

    #[test]
    fn two_messages_with_one_signed_string_are_told_apart() {
        let signed = [("subject", "taxi&total_fee=900.00&total_g="), ("total_fee", "0.01"), ("trade_no", "1")];
        let resplit = [("subject", "taxi"), ("total_fee", "900.00"), ("total_g", "&total_fee=0.01"), ("trade_no", "1")];
        assert_eq!(presign(&signed, &[]), presign(&resplit, &[]));
        assert!(hides_field(&signed, &["total_fee"]));
        assert!(hides_field(&resplit, &["total_fee"]));
    }

    #[test]
    fn an_ampersand_in_a_value_is_allowed() {
        let params = [("extra_common_param", "k=v&x"), ("subject", "A&B total_fee=1")];
        assert!(!hides_field(&params, &["total_fee", "trade_no"]));
    }
}
