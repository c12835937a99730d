//! The page of a bill that waits for money, and of one that is being checked.

use fareway_shared::{
    money::Money,
    protocol::car::{BillProgress, EndedHow},
    statement::{BillLine, FareSource, LineKind},
};
use slint::ComponentHandle;

use super::{
    Touches, count,
    generated::{AppWindow, BillAdapter, BillWord, LineText, Theme},
    label, model,
    painter::Painter,
};
use crate::state::{Action, BillView, LinkView, Purpose, View};

pub(super) fn show(ui: &AppWindow, bill: &BillView, view: &View, checking: bool, painter: &mut Painter) {
    let page = ui.global::<BillAdapter>();
    let covered = Money::new(bill.total.minor.saturating_sub(bill.due.minor), bill.total.currency);
    page.set_code(painter.qr_code(&bill.link));
    page.set_digits(bill.digits.as_str().into());
    page.set_amount(label::amount(bill.due).into());
    page.set_covered(label::amount(covered).into());
    page.set_total(label::amount(bill.total).into());
    page.set_part(covered.minor > 0);
    page.set_keyed(bill.source == FareSource::Keyed);
    page.set_lines(model(bill.lines.iter().map(|line| text(line, bill.total)).collect()));
    page.set_surcharge(bill.surcharge.map(label::amount).unwrap_or_default().into());
    let chinese = ui.global::<Theme>().get_chinese();
    let refusal = bill.refused.as_ref().map(|sentence| if chinese { &sentence.zh } else { &sentence.en });
    page.set_refusal(refusal.map(String::as_str).unwrap_or_default().into());
    page.set_word(word(bill, view));
    page.set_checking(checking);
    page.set_may_change(bill.may_change);
    page.set_others(count(view.unsettled.saturating_sub(1)));
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let page = ui.global::<BillAdapter>();
    let sender = |action: Action| {
        let to = touches.clone();
        move || to.send(action.clone())
    };
    page.on_add_toll(sender(Action::OpenKeypad(Purpose::Extra(LineKind::Toll))));
    page.on_add_parking(sender(Action::OpenKeypad(Purpose::Extra(LineKind::Parking))));
    page.on_paid_otherwise(sender(Action::EndBill(EndedHow::PaidOtherwise)));
    page.on_left_unpaid(sender(Action::EndBill(EndedHow::LeftUnpaid)));
    page.on_put_away(sender(Action::Back));
    page.on_show_bills(sender(Action::ShowBills));
}

fn word(bill: &BillView, view: &View) -> BillWord {
    if bill.refused.is_some() {
        return BillWord::Refused;
    }
    if view.link != LinkView::Up {
        return BillWord::Offline;
    }
    match bill.progress {
        Some(BillProgress::Paying) => BillWord::Paying,
        Some(BillProgress::Ended) => BillWord::Ended,
        Some(BillProgress::Unknown) => BillWord::Unknown,
        _ => BillWord::Waiting,
    }
}

fn text(line: &BillLine, total: Money) -> LineText {
    LineText {
        toll: line.kind == LineKind::Toll,
        parking: line.kind == LineKind::Parking,
        amount: label::amount(Money::new(line.amount_minor, total.currency)).into(),
    }
}
