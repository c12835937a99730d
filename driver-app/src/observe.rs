//! What a machine may watch: one JSON line for each change of the screen, printed by the headless screen and read by the
//! demo and the benches.

use fareway_shared::{
    envelope::verdict::NotPaid,
    id::BillId,
    meter::MeterState,
    money::Money,
    protocol::car::{BillProgress, LinkRefusal},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    app::Screen,
    state::{LinkView, Page},
};

/// The screen in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// `damaged`, `enrol`, `vacant`, `hired`, `offer`, `trip`, `bill`, `checking`, `paid`, `not_paid`, `keypad` or `bills`.
    pub page: String,
    /// The bill on the screen.
    pub bill: Option<BillId>,
    /// What stands there: the bill's amount due, the paid total, the running fare.
    pub amount: Option<Money>,
    /// `paid`, or why not.
    pub verdict: Option<String>,
    /// The sequence of the envelope behind the verdict.
    pub sequence: Option<u64>,
    /// Drawn again after a start.
    pub redrawn: bool,
    /// What the QR code on the page says.
    pub scan: Option<String>,
    /// The three digits, where they are shown.
    pub digits: Option<String>,
    /// The platform's hint about the bill on the screen.
    pub progress: Option<BillProgress>,
    /// `down`, `connecting`, `up` or `refused`.
    pub link: String,
    /// Why the platform refused.
    pub refusal: Option<LinkRefusal>,
    /// The meter's position.
    pub meter: MeterState,
    /// The meter is not heard.
    pub meter_stale: bool,
    /// Bills that wait for money.
    pub unsettled: usize,
    /// Confirmations for other bills: what was received.
    pub strips: Vec<Money>,
    /// The disk refuses.
    pub disk_problem: Option<String>,
}

/// An observation with its instants, microseconds since 1970 by the machine's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What is shown.
    #[serde(flatten)]
    pub screen: Observation,
    /// When the frame that caused it was read from the socket, if one did.
    pub envelope_arrived_at: Option<Timestamp>,
    /// When it was drawn.
    pub shown_at: Timestamp,
}

impl Observation {
    /// Puts a screen into words.
    #[must_use]
    pub fn of(screen: &Screen) -> Self {
        let view = &screen.view;
        let (link, refusal) = match view.link {
            LinkView::Down => ("down", None),
            LinkView::Connecting => ("connecting", None),
            LinkView::Up => ("up", None),
            LinkView::Refused(reason) => ("refused", Some(reason)),
        };
        let mut words = Self {
            page: String::new(),
            bill: None,
            amount: None,
            verdict: None,
            sequence: None,
            redrawn: false,
            scan: None,
            digits: None,
            progress: None,
            link: link.to_owned(),
            refusal,
            meter: view.meter,
            meter_stale: view.meter_stale,
            unsettled: view.unsettled,
            strips: view.strips.iter().map(|strip| strip.covered).collect(),
            disk_problem: screen.disk_problem.clone(),
        };
        words.page = words.read(&view.page).to_owned();
        words
    }

    /// Fills in what the page shows; its name.
    fn read(&mut self, page: &Page) -> &'static str {
        match page {
            Page::Damaged(_) => "damaged",
            Page::Enrol { .. } => "enrol",
            Page::Keypad(_) => "keypad",
            Page::Bills(_) => "bills",
            Page::Offer(_) => "offer",
            Page::Trip(_) => "trip",
            Page::Vacant(code) => {
                (self.scan, self.digits) = (Some(code.link.clone()), Some(code.digits.clone()));
                "vacant"
            }
            Page::Hired(hire) => {
                (self.scan, self.digits) = (Some(hire.code.link.clone()), Some(hire.code.digits.clone()));
                self.amount = hire.fare.map(|fare| fare.amount);
                "hired"
            }
            Page::Bill(bill) | Page::Checking(bill) => {
                (self.bill, self.amount, self.progress) = (Some(bill.bill), Some(bill.due), bill.progress);
                (self.scan, self.digits) = (Some(bill.link.clone()), Some(bill.digits.clone()));
                if matches!(page, Page::Bill(_)) { "bill" } else { "checking" }
            }
            Page::Paid(face) => {
                (self.bill, self.amount, self.sequence) = (Some(face.bill), Some(face.total), Some(face.sequence));
                (self.verdict, self.redrawn) = (Some("paid".into()), face.redrawn);
                "paid"
            }
            Page::NotPaid(face) => {
                (self.bill, self.amount, self.sequence) = (Some(face.bill), Some(face.total), Some(face.sequence));
                let why = match face.reason {
                    NotPaid::Closed => "closed",
                    NotPaid::Cancelled => "cancelled",
                    NotPaid::Refused => "refused",
                };
                (self.verdict, self.redrawn) = (Some(why.into()), face.redrawn);
                "not_paid"
            }
        }
    }
}
