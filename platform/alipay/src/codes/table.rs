//! The list of codes. Sources: alipay.md §2.2 (openapi), §5 (create), §8 (errors shared with barcode payment), §9.2
//! (cancel), §9.3 (refund), §12.1 (gateway).

use super::Class::{self, OrderState, Ours, Payer, Repeat, UnknownOutcome};
use super::advice::Advice::{self, *};

pub(super) struct Listed {
    pub(super) class: Class,
    pub(super) advice: Advice,
}

/// Groups of codes that mean the same to us.
const GROUPS: &[(Class, Advice, &[&str])] = &[
    (UnknownOutcome, Checking, &["SYSTEM_ERROR"]),
    (UnknownOutcome, WaitingForPassword, &["UNKNOW", "UNKNOWN", "WAIT_BUYER_PAY"]),
    (Repeat, Checking, &["SESSION_TIMEOUT", "20000", "isp.unknow-error", "aop.unknow-error"]),
    (Payer, ScanAgain, &["SOUNDWAVE_PARSER_FAIL", "PAYMENT_AUTH_CODE_INVALID"]),
    (Payer, SignInAgain, &["isv.code-invalid", "isv.refresh-token-invalid", "isv.refreshed-token-invalid"]),
    (Payer, BalanceLow, &["BUYER_BALANCE_NOT_ENOUGH", "ERROR_BALANCE_PAYMENT_DISABLE"]),
    (Payer, CardDeclined, &["BUYER_BANKCARD_BALANCE_NOT_ENOUGH"]),
    (Payer, AccountBlocked, &["BUYER_NOT_EXIST", "BUYER_ENABLE_STATUS_FORBID", "PAYER_USER_STATUS_LIMIT_ERROR"]),
    (Payer, SamePerson, &["BUYER_SELLER_EQUAL"]),
    (
        Payer,
        OverLimit,
        &[
            "BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",
            "ERROR_BUYER_CERTIFY_LEVEL_LIMIT",
            "ERROR_SELLER_CERTIFY_LEVEL_LIMIT",
            "BEYOND_PAY_RESTRICTION",
            "REQUEST_AMOUNT_EXCEED",
        ],
    ),
    (
        Payer,
        AppSettings,
        &[
            "CLIENT_VERSION_NOT_MATCH",
            "MOBILE_PAYMENT_SWITCH_OFF",
            "PULL_MOBILE_CASHIER_FAIL",
            "USER_FACE_PAYMENT_SWITCH_OFF",
        ],
    ),
    (Payer, Declined, &["PAYMENT_FAIL", "UN_SUPPORT_BIZ_TYPE", "TRADE_SETTLE_ERROR", "AGREEMENT_NOT_EXIST"]),
    (Payer, OtherPhone, &["TRADE_BUYER_NOT_MATCH"]),
    (OrderState, AlreadyPaid, &["TRADE_HAS_SUCCESS"]),
    (OrderState, BillExpired, &["TRADE_HAS_CLOSE", "TRADE_STATUS_ERROR", "REASON_ILLEGAL_STATUS"]),
    (OrderState, Checking, &["TRADE_NOT_EXIST", "TRANS_NOT_FOUND", "PURCHASE_TRADE_NOT_EXIST"]),
    (
        OrderState,
        OfficeReturns,
        &[
            "TRADE_HAS_FINISHED",
            "TRADE_CANCEL_TIME_OUT",
            "REASON_TRADE_BEEN_FREEZEN",
            "REASON_TRADE_REFUND_FEE_ERR",
            "CANCEL_NOT_ALLOWED",
            "TRADE_NOT_ALLOW_REFUND",
        ],
    ),
    (
        Ours,
        OfficeReturns,
        &[
            "SELLER_BALANCE_NOT_ENOUGH",
            "RETURN_AMOUNT_EXCEED",
            "REFUND_AMT_RESTRICTION",
            "REFUND_AMT_NOT_EQUAL_TOTAL",
            "DISCORDANT_REPEAT_REQUEST",
            "TRADE_ROLE_ERROR",
        ],
    ),
    (Ours, NotAvailable, BUSINESS),
    (Ours, NotAvailable, GATEWAY),
    (Ours, NotAvailable, OPENAPI),
];

const BUSINESS: &[&str] = &[
    "INVALID_PARAMETER",
    "ACCESS_FORBIDDEN",
    "PARTNER_ERROR",
    "INVALID_RECEIVE_ACCOUNT",
    "SELLER_NOT_EXIST",
    "SELLER_BEEN_BLOCKED",
    "MERCHANT_STATUS_NOT_NORMAL",
    "EXIST_FORBIDDEN_WORD",
    "CONTEXT_INCONSISTENT",
];

const GATEWAY: &[&str] = &[
    "ILLEGAL_SIGN",
    "ILLEGAL_SIGN_TYPE",
    "ILLEGAL_DYN_MD5_KEY",
    "ILLEGAL_ENCRYPT",
    "ILLEGAL_ENCODING",
    "ILLEGAL_CHARSET",
    "INVALID_CHARACTER_SET",
    "ILLEGAL_ARGUMENT",
    "ILLEGAL_SERVICE",
    "ILLEGAL_TARGET_SERVICE",
    "ILLEGAL_USER",
    "ILLEGAL_PARTNER",
    "ILLEGAL_AGENT",
    "ILLEGAL_EXTERFACE",
    "ILLEGAL_PARTNER_EXTERFACE",
    "ILLEGAL_SECURITY_PROFILE",
    "ILLEGAL_CLIENT_IP",
    "ILLEGAL_ACCESS_SWITCH_SYSTEM",
    "EXTERFACE_IS_CLOSED",
    "HAS_NO_PRIVILEGE",
];

const OPENAPI: &[&str] = &[
    "20001",
    "40001",
    "40002",
    "40006",
    "aop.invalid-auth-token",
    "aop.auth-token-time-out",
    "aop.invalid-app-auth-token",
    "isv.missing-method",
    "isv.missing-signature",
    "isv.missing-signature-type",
    "isv.missing-signature-key",
    "isv.missing-app-id",
    "isv.missing-timestamp",
    "isv.missing-version",
    "isv.missing-signature-config",
    "isv.invalid-parameter",
    "isv.invalid-method",
    "isv.invalid-format",
    "isv.invalid-signature-type",
    "isv.invalid-signature",
    "isv.invalid-app-id",
    "isv.invalid-timestamp",
    "isv.invalid-charset",
    "isv.invalid-digest",
    "isv.insufficient-isv-permissions",
    "isv.insufficient-user-permissions",
];

pub(super) fn find(code: &str) -> Option<Listed> {
    GROUPS.iter().find(|(_, _, codes)| codes.contains(&code)).map(|&(class, advice, _)| Listed { class, advice })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::GROUPS;

    #[test]
    fn no_code_is_listed_twice() {
        let mut seen = HashSet::new();
        for code in GROUPS.iter().flat_map(|(_, _, codes)| codes.iter()) {
            assert!(seen.insert(code), "{code}");
        }
    }
}
