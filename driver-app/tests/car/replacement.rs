//! Bills that are not as the car last knew them: left by the unit it replaces, or paid while it stated another version.

use fareway_driver_app::state::{Action, Page, Purpose};
use fareway_shared::{
    envelope::verdict::NotPaid,
    id::{BillId, DeviceId, TripId},
    inheritance::Inheritance,
    money::{Currency, Money},
    protocol::car::{CarCommand, CommandOutcome, SETTLED, ToCar},
    signature::PrivateKey,
    statement::{BillLine, BillStatement, FareSource, LineKind},
};

use crate::bench::{Bench, grant};

/// A bill that the earlier unit stated in its second version.
fn left(open: bool) -> Inheritance {
    Inheritance {
        trip: TripId(uuid::Uuid::from_u128(70)),
        bill: BillId(uuid::Uuid::from_u128(71)),
        version: 2,
        source: FareSource::Keyed,
        lines: vec![BillLine { kind: LineKind::Fare, amount_minor: 2340 }],
        total: Money::new(2340, Currency::CNY),
        nonce: [7; 16],
        record: None,
        open,
    }
}

fn inherit(bench: &mut Bench, bill: &Inheritance) {
    let inheritance = bill.seal(grant().device, &bench.platform).expect("sealed");
    bench.hear(ToCar::InheritBill { inheritance });
}

/// The statement as the earlier unit made it.
fn earlier(bill: &Inheritance, now: &BillStatement) -> BillStatement {
    BillStatement { version: bill.version, nonce: bill.nonce, ..now.clone() }
}

/// The platform's answer to a command: the bill is settled.
fn settled(number: u64) -> ToCar {
    let outcome =
        CommandOutcome::Refused {
            code: SETTLED.into(), zh: "账单已经结清".into(), en: "The bill is settled".into()
        };
    ToCar::CommandDone { number, outcome }
}

fn refuse_as_settled(bench: &mut Bench) {
    let (number, command) = bench.commands().pop().expect("a command");
    assert!(matches!(command, CarCommand::OpenBill { .. }), "{command:?}");
    bench.hear(settled(number));
}

impl Bench {
    /// The driver adds a toll of 5.00. Returns the number of the command.
    fn keys_toll(&mut self) -> u64 {
        self.act(Action::OpenKeypad(Purpose::Extra(LineKind::Toll)));
        self.act(Action::KeyPress('5'));
        self.act(Action::KeyConfirm);
        assert_eq!(self.last_statement().total.minor, 2840);
        self.commands().pop().expect("a command").0
    }
}

#[test]
fn a_replacement_unit_reissues_the_open_bill_under_a_nonce_of_its_own() {
    let mut bench = Bench::linked();
    inherit(&mut bench, &left(true));
    let reissued = bench.last_statement();
    assert_eq!((reissued.bill, reissued.version, reissued.total), (left(true).bill, 3, left(true).total));
    assert_ne!(reissued.nonce, left(true).nonce);
    assert!(matches!(bench.page(), Page::Bill(view) if view.bill == reissued.bill));
    bench.acknowledge_all();
    let envelope = bench.paid(&reissued);
    bench.envelope(envelope);
    assert_eq!(bench.page_name(), "paid");
}

#[test]
fn a_bill_that_is_left_twice_is_reissued_once() {
    let mut bench = Bench::linked();
    inherit(&mut bench, &left(true));
    inherit(&mut bench, &left(true));
    assert_eq!(bench.statements().len(), 1);
}

#[test]
fn a_bill_that_the_platform_did_not_leave_to_this_unit_changes_nothing() {
    let mut bench = Bench::linked();
    let thief = PrivateKey::from_bytes(&[6; 32]);
    let forged = left(true).seal(grant().device, &thief).expect("sealed");
    let meant_for_another = left(true).seal(DeviceId(uuid::Uuid::from_u128(99)), &bench.platform).expect("sealed");
    for inheritance in [forged, meant_for_another] {
        bench.hear(ToCar::InheritBill { inheritance });
        assert_eq!((bench.page_name(), bench.view().unsettled, bench.statements().len()), ("vacant", 0, 0));
    }
}

#[test]
fn a_bill_that_was_paid_while_the_unit_was_replaced_is_still_confirmed() {
    let mut bench = Bench::linked();
    inherit(&mut bench, &left(true));
    let stated = bench.last_statement();
    refuse_as_settled(&mut bench);
    let paid = earlier(&left(true), &stated);
    let envelope = bench.paid(&paid);
    bench.envelope(envelope);
    let Page::Paid(face) = bench.page() else { panic!("{:?}", bench.page()) };
    assert_eq!(face.bill, paid.bill);
}

#[test]
fn a_paid_bill_that_was_never_shown_becomes_a_strip_and_is_not_stated_again() {
    let mut bench = Bench::linked();
    inherit(&mut bench, &left(false));
    assert!(bench.statements().is_empty());
    let bill = bench.hire(41, 1500);
    let paid = earlier(
        &left(false),
        &BillStatement { trip: left(false).trip, bill: left(false).bill, total: left(false).total, ..bill },
    );
    let envelope = bench.paid(&paid);
    bench.envelope(envelope);
    assert_eq!(bench.page_name(), "bill");
    assert_eq!(bench.view().strips.len(), 1);
}

#[test]
fn an_extra_that_comes_after_the_payment_leaves_the_bill_as_it_was_paid() {
    let mut bench = Bench::linked();
    let paid = bench.hire(41, 2340);
    bench.acknowledge_all();
    bench.keys_toll();
    refuse_as_settled(&mut bench);
    assert_eq!(bench.view().sentence.expect("a sentence").en, "The bill is settled");
    let envelope = bench.paid(&paid);
    bench.envelope(envelope);
    let Page::Paid(face) = bench.page() else { panic!("{:?}", bench.page()) };
    assert_eq!(face.total.minor, 2340);
}

#[test]
fn a_confirmation_that_overtakes_the_answer_to_the_next_version_is_believed() {
    let mut bench = Bench::linked();
    let paid = bench.hire(41, 2340);
    let charge = bench.keys_toll();
    let early = bench.paid(&paid);
    bench.envelope(early);
    let Page::Paid(face) = bench.page() else { panic!("{:?}", bench.page()) };
    assert_eq!(face.total.minor, 2340);
    bench.hear(settled(charge));
    assert_eq!(bench.page_name(), "paid");
}

#[test]
fn a_failed_attempt_at_the_version_before_leaves_the_next_version_alone() {
    let mut bench = Bench::linked();
    let before = bench.hire(41, 2340);
    bench.keys_toll();
    let failed = bench.not_paid(&before, NotPaid::Cancelled);
    bench.envelope(failed);
    assert!(matches!(bench.page(), Page::Bill(view) if view.total.minor == 2840), "{:?}", bench.page());
    bench.acknowledge_all();
    let now = bench.last_statement();
    let envelope = bench.paid(&now);
    bench.envelope(envelope);
    assert_eq!(bench.page_name(), "paid");
}
