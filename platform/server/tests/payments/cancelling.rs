//! A cancellation ends only with a definite answer, and money that turns up meanwhile goes where it belongs.

use std::time::Duration;

use fareway::{
    bill::model::BillState,
    payment::{
        model::{Application, CloseReason, Observation, PaymentState},
        ports::CancelAnswer,
    },
};

use crate::{
    alipay::paid,
    till::{FARE, FLEET, Till},
};

const MINUTE: Duration = Duration::from_secs(60);

/// An order that is being cancelled, without a clear answer so far.
async fn cancelling() -> Till {
    let till = Till::open().await;
    let order = till.pay().await;
    till.payments().cancel(FLEET, order, CloseReason::TakenOver, till.now).await.unwrap();
    assert_eq!(till.payment().await.state, PaymentState::Cancelling);
    till
}

/// An order that the machine gave up, whose bill the driver then ended as paid otherwise, and which was paid after all.
async fn paid_after_all() -> Till {
    let mut till = cancelling().await;
    till.passes(MINUTE * 20).await;
    assert_eq!(till.payment().await.state, PaymentState::NeedsPerson);
    assert!(till.has_alarm("payment_needs_person").await);
    till.clears_alarms().await;
    till.ends(BillState::PaidOtherwise).await;
    till.alipay.says(paid(FARE));
    let order = till.payment().await.id;
    till.payments().ask(FLEET, order, till.now).await.unwrap();
    till
}

#[tokio::test]
async fn money_for_a_bill_that_was_paid_otherwise_lies_in_suspense_with_an_alarm_and_goes_back() {
    let mut till = paid_after_all().await;
    assert_eq!(till.books().await, (0, FARE.minor));
    assert!(till.has_alarm("money_in_suspense").await);
    till.alipay.cancels(CancelAnswer::Refunded);
    till.passes(MINUTE).await;
    assert_eq!(till.books().await, (0, 0));
    assert_eq!(till.payment().await.application, Application::Refunded);
    assert_eq!(till.bill().await.state, BillState::PaidOtherwise);
}

#[tokio::test]
async fn money_in_suspense_whose_return_is_not_told_is_asked_about_until_it_has_gone_back() {
    let mut till = paid_after_all().await;
    till.alipay.cancels(CancelAnswer::DoneUnclear);
    till.passes(Duration::from_secs(10)).await;
    assert_eq!(till.books().await, (0, FARE.minor), "Alipay still says that it is paid");
    till.alipay.says(Observation::Closed);
    till.passes(MINUTE * 2).await;
    assert_eq!(till.books().await, (0, 0));
}

#[tokio::test]
async fn money_in_suspense_that_cannot_be_returned_is_for_a_person() {
    let mut till = paid_after_all().await;
    till.alipay.cancels(CancelAnswer::Never { code: "TRADE_CANCEL_TIME_OUT".to_owned() });
    till.passes(MINUTE).await;
    assert_eq!(till.books().await, (0, FARE.minor));
    assert!(till.has_alarm("payment_needs_person").await);
}

#[tokio::test]
async fn a_cancellation_without_a_clear_answer_is_repeated_until_there_is_one() {
    let mut till = cancelling().await;
    till.passes(MINUTE).await;
    assert_eq!(till.payment().await.state, PaymentState::Cancelling);
    till.alipay.cancels(CancelAnswer::Closed);
    till.passes(MINUTE * 2).await;
    assert_eq!(till.payment().await.state, PaymentState::Closed);
    assert_eq!(till.books().await, (0, 0));
}

#[tokio::test]
async fn money_taken_during_a_cancellation_that_returns_it_is_never_the_bills() {
    let mut till = cancelling().await;
    till.alipay.says(paid(FARE));
    let order = till.payment().await.id;
    till.payments().ask(FLEET, order, till.now).await.unwrap();
    assert_eq!((till.bill().await.state, till.books().await), (BillState::Issued, (0, 0)), "it was shown too early");
    till.alipay.cancels(CancelAnswer::Refunded);
    till.passes(MINUTE).await;
    assert_eq!((till.bill().await.state, till.books().await), (BillState::Issued, (0, 0)));
    // A late word of the same money.
    till.payments().ask(FLEET, order, till.now).await.unwrap();
    assert_eq!((till.bill().await.state, till.books().await), (BillState::Issued, (0, 0)));
}

#[tokio::test]
async fn money_taken_during_a_cancellation_that_fails_covers_the_bill() {
    let mut till = cancelling().await;
    till.alipay.says(paid(FARE));
    till.alipay.cancels(CancelAnswer::Never { code: "TRADE_HAS_FINISHED".to_owned() });
    till.passes(MINUTE).await;
    assert_eq!((till.bill().await.state, till.books().await), (BillState::Paid, (FARE.minor, 0)));
    assert!(!till.has_alarm("payment_needs_person").await);
}

#[tokio::test]
async fn a_cancellation_that_is_done_without_saying_how_is_settled_by_asking() {
    for (said, payment, bill, earned) in [
        (Observation::NotFound, PaymentState::Closed, BillState::Issued, 0),
        (Observation::Closed, PaymentState::Closed, BillState::Issued, 0),
        (paid(FARE), PaymentState::Captured, BillState::Paid, FARE.minor),
    ] {
        let mut till = cancelling().await;
        till.alipay.says(said.clone());
        till.alipay.cancels(CancelAnswer::DoneUnclear);
        till.passes(MINUTE).await;
        assert_eq!((till.payment().await.state, till.bill().await.state), (payment, bill), "{said:?}");
        assert_eq!(till.books().await, (earned, 0), "{said:?}");
    }
}

#[tokio::test]
async fn an_order_that_nobody_pays_is_closed_when_its_time_is_over() {
    let mut till = Till::open().await;
    till.pay().await;
    till.alipay.says(Observation::Waiting { trade_no: Some("T1".to_owned()) });
    till.alipay.cancels(CancelAnswer::Closed);
    till.passes(MINUTE * 6).await;
    let payment = till.payment().await;
    assert_eq!((payment.state, payment.close_reason), (PaymentState::Closed, Some(CloseReason::Expired)));
    assert_eq!(till.bill().await.state, BillState::Issued, "it can be paid afresh");
}
