//! How a unit comes to know who it is, and whom it believes.

use fareway_driver_app::state::{Action, LinkView, Memory, Order, Page, Problem, State};
use fareway_shared::{
    enrolment::{Enrolled, EnrolmentCode},
    protocol::car::{FromCar, LinkRefusal, ToCar},
    signature::PrivateKey,
};

use crate::bench::{Bench, grant, platform};

fn code() -> EnrolmentCode {
    EnrolmentCode { secret: [3; 10], fingerprint: platform().public().fingerprint() }
}

/// Types the code and is challenged; what the platform would grant.
fn requested(bench: &mut Bench) -> Enrolled {
    bench.act(Action::Enrol(code().to_text()));
    assert!(bench.orders.contains(&Order::OpenLink));
    bench.hear(ToCar::Challenge { nonce: [9; 32] });
    let Some(FromCar::Enrol(request)) = bench.sent.last() else { panic!("{:?}", bench.sent) };
    request.check(&[9; 32]).expect("the request proves the key");
    assert_eq!(request.secret, [3; 10]);
    Enrolled { device_key: request.device_key, ..grant() }
}

#[test]
fn a_granted_unit_writes_who_it_is_and_greets_on_a_fresh_connection() {
    let mut bench = Bench::blank();
    assert_eq!(bench.page_name(), "enrol");
    let granted = requested(&mut bench);
    bench.hear(ToCar::Enrolled { grant: granted.seal(&platform()) });
    assert_eq!((bench.page_name(), bench.writes), ("vacant", 2));
    assert!(bench.orders.contains(&Order::DropLink));
    bench.hear(ToCar::Challenge { nonce: [9; 32] });
    assert!(matches!(bench.sent.last(), Some(FromCar::Hello(_))));
}

#[test]
fn a_platform_that_the_code_does_not_name_is_not_believed() {
    let mut bench = Bench::blank();
    let granted = requested(&mut bench);
    let thief = PrivateKey::from_bytes(&[66; 32]);
    let forged = Enrolled { platform_key: thief.public(), ..granted }.seal(&thief);
    bench.hear(ToCar::Enrolled { grant: forged });
    assert!(matches!(bench.page(), Page::Enrol { problem: Some(Problem::OtherPlatform), .. }));
    assert_eq!(bench.writes, 0);
}

#[test]
fn a_used_code_and_a_half_typed_one_are_named_as_such() {
    let mut bench = Bench::blank();
    bench.act(Action::Enrol("7QK2".into()));
    assert!(matches!(bench.page(), Page::Enrol { problem: Some(Problem::Incomplete), .. }));
    requested(&mut bench);
    bench.hear(ToCar::Refused { reason: LinkRefusal::EnrolmentCode });
    assert!(matches!(bench.page(), Page::Enrol { problem: Some(Problem::Refused), under_way: false, .. }));
}

#[test]
fn a_code_typed_letter_by_letter_is_the_code() {
    let mut bench = Bench::blank();
    let text = code().to_text();
    text.chars().for_each(|letter| bench.act(Action::EnrolKey(letter)));
    let Page::Enrol { typed, .. } = bench.page() else { panic!("{:?}", bench.page()) };
    bench.act(Action::Enrol(typed));
    assert!(matches!(bench.page(), Page::Enrol { under_way: true, problem: None, .. }));
}

#[test]
fn a_damaged_unit_says_why_and_can_be_enrolled_again() {
    let mut bench = Bench::blank();
    bench.state = State::new(Memory::Damaged("ledger.json is missing".into()));
    assert_eq!(bench.page_name(), "damaged");
    let granted = requested(&mut bench);
    bench.hear(ToCar::Enrolled { grant: granted.seal(&platform()) });
    assert_eq!(bench.page_name(), "vacant");
}

#[test]
fn a_suspended_unit_says_so_and_rests_and_comes_back_when_it_is_welcomed() {
    let mut bench = Bench::linked();
    bench.hear(ToCar::Refused { reason: LinkRefusal::Suspended });
    assert!(bench.orders.contains(&Order::RestLink));
    bench.act(Action::LinkLost);
    assert_eq!(bench.view().link, LinkView::Refused(LinkRefusal::Suspended));
    bench.link_up(0);
    assert_eq!(bench.view().link, LinkView::Up);
}

#[test]
fn an_answer_to_another_greeting_is_not_a_welcome() {
    let mut bench = Bench::enrolled();
    bench.hear(ToCar::Challenge { nonce: [9; 32] });
    let hello = bench.hello();
    let welcome = fareway_shared::handshake::Welcome {
        device: hello.device,
        nonce: [0; 32],
        server_time: crate::bench::SERVER_TIME,
        last_command: 0,
    };
    bench.hear(ToCar::Welcome { welcome: welcome.seal(&platform()) });
    assert_eq!(bench.view().link, LinkView::Down);
    assert!(bench.orders.contains(&Order::DropLink));
}
