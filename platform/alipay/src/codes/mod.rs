//! Alipay's error codes (alipay.md §5, §8, §9, §12): what class each belongs to and what people are told about it.
//!
//! A code that is not listed here is no refusal: the outcome stays unknown. Texts are in `advice`.

mod advice;
mod table;

pub use self::advice::{Advice, Language, Reader};

/// What to do about a code (alipay.md §12.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Says nothing about what happened: query, then cancel.
    UnknownOutcome,
    /// The call can be repeated as it is, a bounded number of times.
    Repeat,
    /// The payer can do something about it: another card, another account, a newer app.
    Payer,
    /// The order is in another state than assumed: query and follow the state.
    OrderState,
    /// Ours to fix: a parameter, a key, the contract. Raise an alarm, show a neutral text.
    Ours,
}

/// The class of a code, or `None` where it is not listed.
pub fn class(code: &str) -> Option<Class> {
    table::find(code).map(|listed| listed.class)
}

/// What people should be told. For unlisted codes: that the result is being checked.
pub fn advice(code: &str) -> Advice {
    table::find(code).map_or(Advice::Checking, |listed| listed.advice)
}

/// The advice as a sentence, with the code in brackets for support.
pub fn explain(code: &str, reader: Reader, language: Language) -> String {
    format!("{} [{code}]", advice(code).text(reader, language))
}

/// Whether the code says that Alipay has no such trade; three spellings occur (alipay.md §9.1).
pub fn is_not_found(code: &str) -> bool {
    ["TRADE_NOT_EXIST", "TRANS_NOT_FOUND", "PURCHASE_TRADE_NOT_EXIST"].contains(&code)
}

/// Whether the code speaks of an order that already exists under the number, and so may be paid or become paid.
pub fn implies_order(code: &str) -> bool {
    class(code) == Some(Class::OrderState) && !is_not_found(code)
        || ["CONTEXT_INCONSISTENT", "TRADE_BUYER_NOT_MATCH"].contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unlisted_code_has_no_class_and_a_patient_text() {
        assert_eq!(class("SOMETHING_NEW"), None);
        assert_eq!(advice("SOMETHING_NEW"), Advice::Checking);
        assert_eq!(class(""), None);
    }

    #[test]
    fn a_text_carries_its_code_for_support() {
        let text = explain("TRADE_BUYER_NOT_MATCH", Reader::Driver, Language::En);
        assert!(text.ends_with("[TRADE_BUYER_NOT_MATCH]") && text.contains("phone"), "{text}");
    }

    #[test]
    fn not_found_has_three_spellings_and_implies_no_order() {
        for code in ["TRADE_NOT_EXIST", "TRANS_NOT_FOUND", "PURCHASE_TRADE_NOT_EXIST"] {
            assert!(is_not_found(code) && !implies_order(code));
        }
        assert!(implies_order("TRADE_HAS_CLOSE"));
    }
}
