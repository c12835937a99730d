//! What people are told (alipay.md §12.3), in Chinese and English, for the driver and for the passenger.
//!
//! Pattern: what happened, then what to do next. Codes and technical words stay out; the caller may add the code in
//! brackets for support.

/// A language of the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Simplified Chinese.
    Zh,
    /// English.
    En,
}

/// Who reads the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reader {
    /// The driver (or cashier) beside the passenger.
    Driver,
    /// The passenger, on their own phone.
    Passenger,
}

/// What there is to say; many codes share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The payment code was misread or ran out.
    ScanAgain,
    /// The sign-in with Alipay ran out or was used before.
    SignInAgain,
    /// The account holds too little.
    BalanceLow,
    /// The bank card was declined for lack of funds.
    CardDeclined,
    /// The account cannot pay now.
    AccountBlocked,
    /// Payer and receiver are the same.
    SamePerson,
    /// Over a limit of the account.
    OverLimit,
    /// The app must be updated or a setting changed.
    AppSettings,
    /// Declined without a reason that one could act on.
    Declined,
    /// Another phone opened the bill first.
    OtherPhone,
    /// The bill is already paid.
    AlreadyPaid,
    /// The order behind the bill has run out.
    BillExpired,
    /// The payer has yet to confirm with the password.
    WaitingForPassword,
    /// The result is not known yet.
    Checking,
    /// The time limit was reached and the payment cancelled.
    Cancelled,
    /// Money must be given back by the office.
    OfficeReturns,
    /// Alipay cannot be used here now; ours to fix.
    NotAvailable,
}

impl Advice {
    /// The text for `reader` in `language`.
    pub const fn text(self, reader: Reader, language: Language) -> &'static str {
        match (reader, language) {
            (Reader::Driver, Language::En) => self.driver_en(),
            (Reader::Driver, Language::Zh) => self.driver_zh(),
            (Reader::Passenger, Language::En) => self.passenger_en(),
            (Reader::Passenger, Language::Zh) => self.passenger_zh(),
        }
    }

    const fn driver_en(self) -> &'static str {
        match self {
            Self::ScanAgain => {
                "The payment code could not be read or has run out. Ask the passenger to refresh it, then scan again."
            }
            Self::SignInAgain => {
                "The passenger's sign-in with Alipay ran out. Ask them to scan the code on your screen again."
            }
            Self::BalanceLow => {
                "Not enough money in the passenger's account. They can choose another card in Alipay or pay another way."
            }
            Self::CardDeclined => {
                "The passenger's bank card was declined for lack of funds. They can choose another card or pay another way."
            }
            Self::AccountBlocked => "The passenger's Alipay account cannot pay now. Please take payment another way.",
            Self::SamePerson => {
                "The account that pays is the account that receives. Another person must pay, or take payment another way."
            }
            Self::OverLimit => {
                "The amount is over a limit of the passenger's account. Please take payment another way."
            }
            Self::AppSettings => {
                "The passenger's Alipay app could not open the payment. Updating the app or its payment settings may help."
            }
            Self::Declined => "Alipay declined this payment. The passenger can try again once, or pay another way.",
            Self::OtherPhone => "Another phone has already opened this bill. Pay from that phone, or make a new bill.",
            Self::AlreadyPaid => "This bill is already being paid. Do not take a second payment; confirming now.",
            Self::BillExpired => "This bill has expired. Please make a new one.",
            Self::WaitingForPassword => {
                "Waiting for the passenger to confirm on the phone. Do not take a second payment."
            }
            Self::Checking => "The result is not known yet. Do not take a second payment; checking now.",
            Self::Cancelled => {
                "Not paid. The payment was cancelled; if the phone shows a charge, it is returned automatically."
            }
            Self::OfficeReturns => {
                "The money could not be returned automatically. The office has been told and will see to it."
            }
            Self::NotAvailable => {
                "Alipay cannot be used here right now. Please take payment another way; the office has been told."
            }
        }
    }

    const fn driver_zh(self) -> &'static str {
        match self {
            Self::ScanAgain => "付款码无法识别或已过期。请乘客刷新付款码后重新扫码。",
            Self::SignInAgain => "乘客的支付宝授权已失效。请乘客重新扫描屏幕上的二维码。",
            Self::BalanceLow => "乘客账户余额不足。可在支付宝中换一张银行卡，或改用其他方式付款。",
            Self::CardDeclined => "乘客的银行卡余额不足。可换一张卡，或改用其他方式付款。",
            Self::AccountBlocked => "乘客的支付宝账户暂时无法付款。请改用其他方式收款。",
            Self::SamePerson => "付款账户与收款账户相同。请换人付款，或改用其他方式收款。",
            Self::OverLimit => "金额超出乘客账户的限额。请改用其他方式收款。",
            Self::AppSettings => "乘客的支付宝未能打开付款页面。可请乘客更新支付宝或检查付款设置。",
            Self::Declined => "支付宝未接受这笔付款。乘客可再试一次，或改用其他方式付款。",
            Self::OtherPhone => "另一部手机已打开这张账单。请用那部手机付款，或重新生成账单。",
            Self::AlreadyPaid => "这张账单正在付款中。请勿再次收款，正在确认。",
            Self::BillExpired => "这张账单已过期，请重新生成。",
            Self::WaitingForPassword => "正在等待乘客在手机上确认。请勿再次收款。",
            Self::Checking => "付款结果尚未确定。请勿再次收款，正在查询。",
            Self::Cancelled => "未付款，本次付款已取消。如手机显示已扣款，款项会自动退回。",
            Self::OfficeReturns => "款项未能自动退回。已通知公司，由公司处理。",
            Self::NotAvailable => "此处暂时无法使用支付宝。请改用其他方式收款，已通知公司。",
        }
    }

    const fn passenger_en(self) -> &'static str {
        match self {
            Self::ScanAgain => {
                "Your payment code could not be read or has run out. Please refresh it and show it again."
            }
            Self::SignInAgain => "Your sign-in with Alipay has run out. Please scan the code in the taxi again.",
            Self::BalanceLow => {
                "Your account does not hold enough. Please choose another card in Alipay or pay another way."
            }
            Self::CardDeclined => {
                "Your bank card was declined for lack of funds. Please choose another card or pay another way."
            }
            Self::AccountBlocked => {
                "Your Alipay account cannot pay now. Please pay another way; Alipay's service can tell you more."
            }
            Self::SamePerson => "The account that pays is the account that receives. Please pay from another account.",
            Self::OverLimit => "The amount is over a limit of your account. Please pay another way.",
            Self::AppSettings => {
                "Alipay could not open the payment. Please update the app or check its payment settings, then try again."
            }
            Self::Declined => "Alipay declined this payment. Please try again once, or pay another way.",
            Self::OtherPhone => {
                "Another phone has already opened this bill. Please pay from that phone, or ask the driver for a new bill."
            }
            Self::AlreadyPaid => "This bill is already being paid. Please do not pay again; we are confirming it.",
            Self::BillExpired => "This bill has expired. Please ask the driver for a new one.",
            Self::WaitingForPassword => "Please confirm the payment in Alipay. You need not start it a second time.",
            Self::Checking => "The result is not known yet. Please do not pay again; we are checking.",
            Self::Cancelled => {
                "Not paid. The payment was cancelled; if your account shows a charge, it is returned automatically."
            }
            Self::OfficeReturns => {
                "The money could not be returned automatically. The taxi company has been told and will see to it."
            }
            Self::NotAvailable => "Alipay cannot be used in this taxi right now. Please pay the driver another way.",
        }
    }

    const fn passenger_zh(self) -> &'static str {
        match self {
            Self::ScanAgain => "付款码无法识别或已过期。请刷新后重新出示。",
            Self::SignInAgain => "您的支付宝授权已失效。请重新扫描车内二维码。",
            Self::BalanceLow => "您的账户余额不足。请在支付宝中换一张银行卡，或改用其他方式付款。",
            Self::CardDeclined => "您的银行卡余额不足。请换一张卡，或改用其他方式付款。",
            Self::AccountBlocked => "您的支付宝账户暂时无法付款。请改用其他方式付款，详情可咨询支付宝客服。",
            Self::SamePerson => "付款账户与收款账户相同。请换一个账户付款。",
            Self::OverLimit => "金额超出您账户的限额。请改用其他方式付款。",
            Self::AppSettings => "支付宝未能打开付款页面。请更新支付宝或检查付款设置后重试。",
            Self::Declined => "支付宝未接受这笔付款。请再试一次，或改用其他方式付款。",
            Self::OtherPhone => "另一部手机已打开这张账单。请用那部手机付款，或请司机重新生成账单。",
            Self::AlreadyPaid => "这张账单正在付款中。请勿重复付款，正在确认。",
            Self::BillExpired => "这张账单已过期。请司机重新生成。",
            Self::WaitingForPassword => "请在支付宝中确认付款，无需重新发起。",
            Self::Checking => "付款结果尚未确定。请勿重复付款，正在查询。",
            Self::Cancelled => "未付款，本次付款已取消。如显示已扣款，款项会自动退回。",
            Self::OfficeReturns => "款项未能自动退回。已通知出租车公司，由公司处理。",
            Self::NotAvailable => "本车暂时无法使用支付宝。请改用其他方式向司机付款。",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Advice, Language, Reader};

    #[test]
    fn every_text_is_a_sentence_without_codes() {
        let all = [
            Advice::ScanAgain,
            Advice::SignInAgain,
            Advice::BalanceLow,
            Advice::CardDeclined,
            Advice::AccountBlocked,
            Advice::SamePerson,
            Advice::OverLimit,
            Advice::AppSettings,
            Advice::Declined,
            Advice::OtherPhone,
            Advice::AlreadyPaid,
            Advice::BillExpired,
            Advice::WaitingForPassword,
            Advice::Checking,
            Advice::Cancelled,
            Advice::OfficeReturns,
            Advice::NotAvailable,
        ];
        for advice in all {
            for reader in [Reader::Driver, Reader::Passenger] {
                assert!(advice.text(reader, Language::En).ends_with('.'), "{advice:?}");
                assert!(advice.text(reader, Language::Zh).ends_with('。'), "{advice:?}");
                assert!(!advice.text(reader, Language::En).contains('_'), "{advice:?}");
            }
        }
    }
}
