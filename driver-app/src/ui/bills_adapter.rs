//! The list of unsettled bills.

use fareway_shared::{envelope::verdict::NotPaid, id::BillId};
use slint::ComponentHandle;

use super::{
    Skin, Touches,
    generated::{AppWindow, BillsAdapter, RowText, RowWord},
    label, model,
};
use crate::state::{Action, BillRow};

pub(super) fn show(ui: &AppWindow, rows: &[BillRow], skin: &Skin) {
    ui.global::<BillsAdapter>().set_rows(model(rows.iter().map(|row| text(row, skin)).collect()));
}

pub(super) fn connect(ui: &AppWindow, touches: &Touches) {
    let page = ui.global::<BillsAdapter>();
    let to = touches.clone();
    page.on_open(move |bill| {
        if let Ok(bill) = BillId::parse(&bill) {
            to.send(Action::ShowBill(bill));
        }
    });
    let to = touches.clone();
    page.on_back(move || to.send(Action::Back));
}

fn text(row: &BillRow, skin: &Skin) -> RowText {
    let word = match (row.ending, row.not_paid) {
        (Some(_), _) => RowWord::Ending,
        (None, Some(NotPaid::Closed)) => RowWord::Closed,
        (None, Some(NotPaid::Cancelled)) => RowWord::Cancelled,
        (None, Some(NotPaid::Refused)) => RowWord::Refused,
        (None, None) if row.due != row.total => RowWord::Part,
        (None, None) => RowWord::Waiting,
    };
    RowText {
        bill: row.bill.to_string().into(),
        due: label::amount(row.due).into(),
        total: label::amount(row.total).into(),
        at: label::minute(row.stated_at, &skin.zone).into(),
        word,
    }
}
