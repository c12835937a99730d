//! The link between a car and the platform, with somebody in the middle of it, and units that are not what they seem.

use fareway::console::ports::ConsoleDesk;
use fareway_driver_app::state::{Action, LinkView, Page};
use fareway_harness::{
    car::Car,
    house::{House, fleets},
    wire::Overheard,
};
use fareway_shared::{
    envelope::verdict::{Cover, Finding, Subject, Verdict},
    id::{BillId, TripId},
    money::Currency,
    protocol::car::{FromCar, LinkRefusal, ToCar},
    signature::PrivateKey,
    time::{Clock, SystemClock},
};

use crate::{alarm, books, is_not_paid, no_alarm, until_bill_is, yuan};

/// Hears until `find` finds something.
async fn overhear<T>(
    heard: &mut tokio::sync::broadcast::Receiver<Overheard>,
    find: impl Fn(Overheard) -> Option<T>,
) -> T {
    let heard = async {
        loop {
            if let Some(found) = find(heard.recv().await.unwrap()) {
                return found;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), heard).await.expect("it came by")
}

fn envelope(heard: Overheard) -> Option<ToCar> {
    match heard {
        Overheard::ToCar(frame @ ToCar::Envelope { .. }) => Some(frame),
        _ => None,
    }
}

fn command(heard: Overheard) -> Option<FromCar> {
    match heard {
        Overheard::FromCar(frame @ FromCar::Command(_)) => Some(frame),
        _ => None,
    }
}

/// A confirmation that is right in everything an outsider can know, under a key of their own.
fn forged(car: &Car, bill: BillId) -> ToCar {
    let now = SystemClock.now();
    let [fleet, _] = fleets();
    let subject = Subject {
        fleet,
        vehicle: car.vehicle,
        plate: car.plate.clone(),
        trip: TripId(uuid::Uuid::now_v7()),
        bill,
        version: 1,
        nonce: [0; 16],
        sequence: 1,
        server_time: now,
        valid_until: now.after(std::time::Duration::from_secs(120)),
    };
    let cover = Cover {
        currency: Currency::CNY,
        by_wallet_minor: 2340,
        otherwise_minor: 0,
        tip_minor: 0,
        trade_no_tail: "0001".into(),
        payer_tail: "7652".into(),
        paid_at: now,
        scene_seed: [1; 16],
    };
    let verdict = Verdict { subject, finding: Finding::Covered(cover) };
    ToCar::Envelope { sequence: 1, envelope: verdict.seal(&PrivateKey::from_bytes(&[9; 32])) }
}

#[tokio::test]
async fn an_envelope_that_somebody_forged_changes_nothing_and_raises_an_alarm() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let bill = car.until("its bill", |screen| match &screen.view.page {
        Page::Bill(bill) => Some(bill.bill),
        _ => None,
    });
    let forged = forged(&car, bill.await);
    let before = car.screen().view.page.clone();
    house.between.cars.inject(&forged);
    alarm(&house, "envelopes_rejected").await;
    assert_eq!(car.screen().view.page, before);
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
}

#[tokio::test]
async fn a_genuine_envelope_is_worth_nothing_in_another_car_nor_a_second_time() {
    let house = House::start().await;
    let (car, other) = (house.car("苏E·X1234").await, house.car("苏E·Y5678").await);
    let link = car.drives_a_hire(1, yuan(2340)).await;
    other.drives_a_hire(1, yuan(2340)).await;
    let mut heard = house.between.cars.listen();
    house.passenger().await.pays(&link).await;
    let genuine = overhear(&mut heard, envelope).await;
    let sequence = car.shows_paid(yuan(2340)).await;
    car.act(Action::Dismiss).await;
    car.until("it is put away", |screen| matches!(screen.view.page, Page::Vacant(_)).then_some(())).await;
    // To both cars at once: the one has seen it, the other is not meant.
    house.between.cars.inject(&genuine);
    alarm(&house, "envelopes_rejected").await;
    is_not_paid(&other);
    is_not_paid(&car);
    let rows = house.board().await.payments;
    assert_eq!(rows.iter().filter(|row| row.bill_state == "paid").count(), 1, "{rows:?}");
    assert_eq!(sequence, 1);
}

#[tokio::test]
async fn a_command_that_is_played_back_is_answered_and_not_repeated_and_on_another_link_it_is_refused() {
    let house = House::start().await;
    let (car, other) = (house.car("苏E·X1234").await, house.car("苏E·Y5678").await);
    let mut heard = house.between.cars.listen();
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let start = overhear(&mut heard, command).await;
    let bill = overhear(&mut heard, command).await;
    for recorded in [start, bill] {
        // On its own link an exact repeat; on the other's a forgery, which costs that link and nothing else.
        let mut answers = house.between.cars.listen();
        house.between.cars.inject_to_platform(&recorded);
        overhear(&mut answers, |heard| matches!(heard, Overheard::ToCar(ToCar::CommandDone { .. })).then_some(()))
            .await;
        other.until("it is refused", |screen| (screen.view.link != LinkView::Up).then_some(())).await;
        other.until_linked().await;
    }
    car.until_linked().await;
    assert_eq!(house.board().await.payments.len(), 1);
    assert_eq!(house.board().await.trips.len(), 1);
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
    books(&house, 2340).await;
}

#[tokio::test]
async fn a_revoked_unit_is_told_so_at_once_and_its_code_opens_nothing() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let [fleet, _] = fleets();
    house.desk().revoke_device(fleet, car.vehicle, house.clock.now()).await.unwrap();
    let refused = |screen: &fareway_driver_app::app::Screen| {
        (screen.view.link == LinkView::Refused(LinkRefusal::Revoked)).then_some(())
    };
    car.until("it says that it is revoked", refused).await;
    let (status, _, shown) = house.passenger().await.opens(&link).await;
    assert!(status == 404 && shown.contains("再扫一次"), "{status} {shown}");
}

#[tokio::test]
async fn a_copied_unit_beside_the_real_one_suspends_both_and_a_dispatcher_sets_it_right() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let copy = car.copied().await;
    alarm(&house, "device_cloned").await;
    let suspended = |screen: &fareway_driver_app::app::Screen| {
        (screen.view.link == LinkView::Refused(LinkRefusal::Suspended)).then_some(())
    };
    car.until("it says that it is suspended", suspended).await;
    copy.until("the copy is suspended", suspended).await;
    drop(copy);
    let [fleet, _] = fleets();
    house.desk().reinstate_device(fleet, car.vehicle, house.clock.now()).await.unwrap();
    car.until_linked().await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    house.passenger().await.pays(&link).await;
    car.shows_paid(yuan(2340)).await;
}

#[tokio::test]
async fn an_old_copy_of_a_unit_whose_counter_goes_back_is_suspended() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let kept = car.copies_its_disk();
    car.drives_a_hire(1, yuan(2340)).await;
    let old = car.replaced_by(kept).await;
    alarm(&house, "device_cloned").await;
    let suspended = |screen: &fareway_driver_app::app::Screen| {
        (screen.view.link == LinkView::Refused(LinkRefusal::Suspended)).then_some(())
    };
    old.until("it says that it is suspended", suspended).await;
}

#[tokio::test]
async fn a_replacement_unit_reissues_the_open_bill_and_the_old_units_code_dies() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let passenger = house.passenger().await;
    let old_link = car.drives_a_hire(1, yuan(2340)).await;
    let [fleet, _] = fleets();
    let unit = Car::start(car.vehicle, &car.plate, &format!("ws://{}", house.between.cars.address)).await;
    unit.enrol(&house.enrolment_code(fleet, car.vehicle).await).await;
    let refused = |screen: &fareway_driver_app::app::Screen| {
        (screen.view.link == LinkView::Refused(LinkRefusal::Revoked)).then_some(())
    };
    car.until("the old unit says that it is revoked", refused).await;
    let (status, _, shown) = passenger.opens(&old_link).await;
    assert!(status == 404 && shown.contains("再扫一次"), "{status} {shown}");
    let link = unit.shows_bill(yuan(2340)).await;
    assert_ne!(link, old_link);
    passenger.pays(&link).await;
    unit.shows_paid(yuan(2340)).await;
    until_bill_is(&house, "paid", "captured").await;
    let link = unit.drives_a_hire(2, yuan(1700)).await;
    passenger.pays(&link).await;
    unit.shows_paid(yuan(1700)).await;
    no_alarm(&house).await;
}

#[tokio::test]
async fn a_bill_that_is_paid_while_the_unit_is_replaced_is_confirmed_by_the_new_one() {
    let house = House::start().await;
    let car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let (vehicle, plate) = (car.vehicle, car.plate.clone());
    // The unit dies before it hears of the payment.
    drop(car);
    house.passenger().await.pays(&link).await;
    until_bill_is(&house, "paid", "captured").await;
    let [fleet, _] = fleets();
    let unit = Car::start(vehicle, &plate, &format!("ws://{}", house.between.cars.address)).await;
    unit.enrol(&house.enrolment_code(fleet, vehicle).await).await;
    unit.until("the strip says that it was paid", |screen| (screen.view.strips.len() == 1).then_some(())).await;
    no_alarm(&house).await;
}

#[tokio::test]
async fn a_unit_that_rebooted_between_verdict_and_display_with_its_clock_in_1970_shows_it_once() {
    let house = House::start().await;
    let mut car = house.car("苏E·X1234").await;
    let link = car.drives_a_hire(1, yuan(2340)).await;
    let mut received = house.between.cars.trap(r#""type":"received""#, fareway_harness::trap::Way::There);
    house.passenger().await.pays(&link).await;
    received.springs().await;
    // The verdict is on its disk, the platform does not know, and the screen has reported nothing.
    car.reboots_in_1970().await;
    received.cut();
    let sequence = car.until("the verdict is drawn again", |screen| match &screen.view.page {
        Page::Paid(paid) if paid.redrawn => Some(paid.sequence),
        _ => None,
    });
    let sequence = sequence.await;
    car.act(Action::Shown(sequence)).await;
    fareway_harness::patience::until("the platform knows that it was shown", || async {
        house.board().await.payments.into_iter().find(|row| row.shown_at.is_some())
    })
    .await;
    books(&house, 2340).await;
    // And the unit goes on to work: the platform's signed time decides what has expired.
    car.until_linked().await;
    let link = car.drives_a_hire(2, yuan(1500)).await;
    house.other_passenger().await.pays(&link).await;
    car.shows_paid(yuan(1500)).await;
}
