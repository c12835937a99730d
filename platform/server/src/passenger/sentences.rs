//! What a passenger reads when something is not as it should be: one calm sentence in Chinese and English that says
//! what to do, and that nothing was lost. Called by the routes; nothing technical may appear here.

use super::{ports::Message, wallet::Language};

/// A sentence in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sentence {
    zh: &'static str,
    en: &'static str,
}

impl Sentence {
    /// In one language.
    #[must_use]
    pub fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Chinese => self.zh,
            Language::English => self.en,
        }
    }

    /// As pages receive it.
    #[must_use]
    pub fn message(self) -> Message {
        Message { zh: self.zh.to_owned(), en: self.en.to_owned() }
    }
}

macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident: $zh:literal, $en:literal;)*) => {
        $($(#[$doc])* pub const $name: Sentence = Sentence { zh: $zh, en: $en };)*
        #[cfg(test)]
        const ALL: &[Sentence] = &[$($name),*];
    };
}

sentences! {
    /// The code names no bill of this installation.
    UNKNOWN_CODE: "没有找到这个码对应的账单。请再扫一次车内屏幕上的码。",
        "This code fits no bill. Please scan the code on the car's screen once more.";
    /// The sticker names no car.
    UNKNOWN_VEHICLE: "没有找到这辆车。请扫车内屏幕上的码，或输入车牌号。",
        "We do not know this car. Please scan the code on its screen, or type its plate.";
    /// The typed plate names no car.
    UNKNOWN_PLATE: "没有找到这个车牌。请核对后再输入，或直接扫车内屏幕上的码。",
        "We found no car with this plate. Please check it, or scan the code on the car's screen.";
    /// A link was damaged or forged.
    BAD_LINK: "这个链接不完整。请再扫一次车内屏幕上的码，没有扣款。",
        "This link is not complete. Please scan the code on the car's screen again; nothing was charged.";
    /// A link is past its time.
    OLD_LINK: "这个页面已过期。请再扫一次车内的码；已付的款项都有记录。",
        "This page is past its time. Please scan the code in the car again; what you paid is on record.";
    /// The authorisation was begun in another browser.
    OTHER_BROWSER: "这个链接是在另一部手机上打开的。请用这部手机再扫一次车内的码。",
        "This link was begun on another phone. Please scan the code in the car again with this one.";
    /// The callback came without a code: the passenger refused, or Alipay sent none.
    NO_CONSENT: "支付宝没有告诉我们由谁付款，没有扣款。可以再试一次。",
        "Alipay did not tell us who pays, and nothing was charged. You can try again.";
    /// The code was refused twice.
    CODE_REFUSED: "支付宝这次没有认出您，没有扣款。请再试一次，或重新扫码。",
        "Alipay could not recognise you this time, and nothing was charged. Please try again, or scan again.";
    /// Alipay could not say.
    WALLET_SILENT: "支付宝暂时没有回应，没有扣款。请稍候再试。",
        "Alipay is not answering just now, and nothing was charged. Please try again in a moment.";
    /// The house is out of order.
    OUT_OF_ORDER: "我们暂时无法回应，请稍候再试。已付的款项不会丢失。",
        "We cannot answer just now. Please try again in a moment; nothing you paid is lost.";
    /// The session has ended.
    WHO_PAYS: "请让支付宝再确认一次付款人。",
        "Please let Alipay confirm once more who pays.";
    /// A request from another site.
    FOREIGN: "这个请求不是从本页面发出的。请再扫一次车内的码。",
        "This request did not come from this page. Please scan the code in the car again.";
    /// A request that does not read.
    MALFORMED: "我们没有读懂这个请求。请刷新页面再试，没有扣款。",
        "We could not read this request. Please reload the page and try again; nothing was charged.";
    /// The screen code is not three digits.
    THREE_DIGITS: "请输入车内屏幕上的三位数字。",
        "Please enter the three digits on the car's screen.";
    /// The shown bill is no longer the open one.
    BILL_CHANGED: "账单已更新，没有扣款。请核对新的金额。",
        "The bill has changed, and nothing was charged. Please check the new amount.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_speaks_both_languages_and_ends() {
        for sentence in ALL {
            assert!(sentence.zh.ends_with('。') && !sentence.zh.is_ascii(), "{sentence:?}");
            assert!(sentence.en.ends_with('.') && sentence.en.is_ascii(), "{sentence:?}");
        }
    }
}
