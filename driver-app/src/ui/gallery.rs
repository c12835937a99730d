//! One sample of every situation, with made-up ids: for the picture tests, the README and the measurements. No car ever
//! shows these.

use std::time::{Duration, Instant};

use fareway_shared::{
    code::{bill_code, screen_code},
    envelope::verdict::{Cover, NotPaid},
    id::{BillId, OfferId, TripId, VehicleId},
    meter::{MeterState, RunningFare},
    money::{Currency, Money},
    place::LatLng,
    protocol::car::{BillProgress, Duty, EndedHow, LinkRefusal},
    ride::{Quoted, Ride, Stop, TripStage},
    statement::{BillLine, FareSource, LineKind},
    time::Timestamp,
};
use uuid::Uuid;

use crate::{
    app::Screen,
    state::{
        BillRow, BillView, HireView, KeypadView, LinkView, NotPaidView, Note, OfferView, Page, PaidView, Problem,
        Purpose, ScreenCode, Sentence, StripView, TripView, View,
    },
};

/// The instant of every sample.
pub const AT: Timestamp = Timestamp::from_millis(1_800_000_031_400);

/// Every situation by name.
#[must_use]
pub fn all() -> Vec<(&'static str, Screen)> {
    let mut samples = bills();
    samples.extend(roads());
    samples.extend(rides());
    samples.extend(troubles());
    samples.into_iter().map(|(name, view)| (name, screen(view))).collect()
}

/// The paid face, for measurements.
#[must_use]
pub fn paid() -> Screen {
    screen(view(Page::Paid(paid_view(false))))
}

/// A car that waits, for measurements.
#[must_use]
pub fn vacant() -> Screen {
    screen(view(Page::Vacant(code())))
}

fn roads() -> Vec<(&'static str, View)> {
    let running = RunningFare { amount: yuan(1450), distance_m: 3_260, heard_at: AT };
    let hired = MeterState::Hired { time_running: true };
    let with_fare =
        View { meter: hired, ..view(Page::Hired(HireView { fare: Some(running), code: code(), ride: None })) };
    let without = View { meter: hired, ..view(Page::Hired(HireView { fare: None, code: code(), ride: None })) };
    let silent = View { meter_stale: true, unsettled: 1, ..without.clone() };
    let page = Page::Enrol { typed: "7QK2M9TD4H".into(), under_way: false, problem: None };
    let refused = Page::Enrol { typed: "7QK2".repeat(8), under_way: false, problem: Some(Problem::Refused) };
    vec![
        ("vacant", view(Page::Vacant(code()))),
        ("vacant-unsettled", View { unsettled: 2, ..view(Page::Vacant(code())) }),
        ("hired-fare", with_fare),
        ("hired-see-meter", without),
        ("hired-silent", silent),
        ("enrol", View { link: LinkView::Down, plate: String::new(), meter_stale: true, ..view(page) }),
        ("enrol-refused", View { link: LinkView::Down, plate: String::new(), meter_stale: true, ..view(refused) }),
    ]
}

/// Offers, reserved trips and duty.
fn rides() -> Vec<(&'static str, View)> {
    let Some(ride) = ride() else { return Vec::new() };
    let on_time = Ride { pickup_at: Some(AT.after(Duration::from_secs(2_400))), ..ride.clone() };
    let tomorrow = Ride {
        pickup_at: Some(AT.after(Duration::from_secs(61_200))),
        quoted: Some(Quoted { total: yuan(12_800), fixed: true }),
        seats: 3,
        note: "两件大行李，请到出发层 8 号门。如未见到乘客请先打电话，不要离开。".into(),
        ..ride.clone()
    };
    let bare = Ride { dropoff: None, quoted: None, passenger: String::new(), note: String::new(), ..ride.clone() };
    let nameless = Ride { pickup: Stop { words: String::new(), ..ride.pickup.clone() }, ..bare.clone() };
    let trip = |stage, ride| view(Page::Trip(trip_view(stage, ride)));
    let number = KeypadView {
        purpose: Purpose::BoardingNumber,
        digits: "407".into(),
        complete: false,
        symbol: "",
        record_missing: false,
    };
    let with_number = TripView { pin_wanted: true, ..trip_view(TripStage::Arrived, ride.clone()) };
    let waiting = TripView { waiting: true, ..with_number.clone() };
    let hire = HireView { fare: None, code: code(), ride: Some(tomorrow.clone()) };
    let sentence = Sentence { zh: "订单已由其他车辆接走。".into(), en: "Another car took the ride.".into() };
    let duty = |duty| View { duty, ..view(Page::Vacant(code())) };
    vec![
        ("offer", view(Page::Offer(offer_view(14, ride.clone())))),
        ("offer-tomorrow", view(Page::Offer(offer_view(19, tomorrow.clone())))),
        ("offer-hurry", view(Page::Offer(offer_view(4, bare.clone())))),
        ("offer-taken", view(Page::Offer(OfferView { taken: true, ..offer_view(9, ride.clone()) }))),
        (
            "offer-after",
            View { sentence: Some(sentence.clone()), ..view(Page::Offer(offer_view(12, tomorrow.clone()))) },
        ),
        ("trip-assigned", trip(TripStage::Assigned, tomorrow.clone())),
        ("trip-on-the-way", trip(TripStage::EnRoute, on_time)),
        ("trip-note", View { sentence: Some(sentence.clone()), ..trip(TripStage::EnRoute, tomorrow) }),
        ("trip-arrived", trip(TripStage::Arrived, ride.clone())),
        ("trip-silent", View { meter_stale: true, ..trip(TripStage::Arrived, nameless) }),
        ("trip-number", view(Page::Trip(with_number))),
        ("trip-waiting", view(Page::Trip(waiting))),
        ("trip-on-board", trip(TripStage::OnBoard, bare)),
        ("keypad-number", view(Page::Keypad(number))),
        ("hired-reserved", View { meter: MeterState::Hired { time_running: true }, ..view(Page::Hired(hire)) }),
        ("vacant-off", duty(Duty::OffShift)),
        ("vacant-rest", View { unsettled: 1, ..duty(Duty::Paused) }),
        ("vacant-last-job", duty(Duty::LastJob)),
        ("vacant-home", View { sentence: Some(sentence), ..duty(Duty::GoHome { to: ride.pickup.place }) }),
    ]
}

fn bills() -> Vec<(&'static str, View)> {
    let plain = bill_view();
    let extras = BillView {
        total: yuan(3340),
        due: yuan(3340),
        lines: vec![line(LineKind::Fare, 2340), line(LineKind::Toll, 500), line(LineKind::Parking, 500)],
        surcharge: Some(yuan(200)),
        ..bill_view()
    };
    let keyed = BillView { source: FareSource::Keyed, progress: Some(BillProgress::Paying), ..bill_view() };
    let part = BillView { due: yuan(1340), may_change: false, ..bill_view() };
    let checking = BillView { progress: Some(BillProgress::Checking), ..bill_view() };
    let pad = KeypadView {
        purpose: Purpose::Fare,
        digits: "23.40".into(),
        complete: true,
        symbol: "¥",
        record_missing: true,
    };
    let toll = KeypadView {
        purpose: Purpose::Extra(LineKind::Toll),
        digits: String::new(),
        complete: false,
        record_missing: false,
        ..pad.clone()
    };
    let strip = StripView { sequence: 4, bill: bill(9), covered: yuan(1850), total: yuan(1850), paid_at: AT };
    vec![
        ("bill", view(Page::Bill(plain.clone()))),
        ("bill-extras", view(Page::Bill(extras))),
        ("bill-keyed", view(Page::Bill(keyed))),
        ("bill-part", view(Page::Bill(part))),
        ("bill-offline", View { link: LinkView::Down, ..view(Page::Bill(plain.clone())) }),
        ("bill-strip", View { strips: vec![strip], unsettled: 2, ..view(Page::Bill(plain)) }),
        ("checking", view(Page::Checking(checking))),
        ("paid", view(Page::Paid(paid_view(false)))),
        ("paid-again", View { notes: vec![Note::ClockNotSet], ..view(Page::Paid(paid_view(true))) }),
        ("not-paid", view(Page::NotPaid(not_paid_view()))),
        ("keypad", view(Page::Keypad(pad))),
        ("keypad-toll", view(Page::Keypad(toll))),
        ("bills", View { unsettled: 3, ..view(Page::Bills(rows())) }),
    ]
}

fn troubles() -> Vec<(&'static str, View)> {
    let suspended = LinkView::Refused(LinkRefusal::Suspended);
    let sentence = Sentence {
        zh: "乘客正在付款，账单暂不能结束。".into(),
        en: "A phone is paying; the bill cannot be ended now.".into(),
    };
    vec![
        ("suspended", View { link: suspended, ..view(Page::Vacant(code())) }),
        ("clock-not-set", View { notes: vec![Note::ClockNotSet], link: LinkView::Down, ..view(Page::Vacant(code())) }),
        ("fare-missing", View { notes: vec![Note::FareMissing], ..view(Page::Vacant(code())) }),
        ("sentence", View { sentence: Some(sentence), ..view(Page::Bill(bill_view())) }),
        ("damaged", View { plate: String::new(), ..view(Page::Damaged("ledger.json is torn or was changed".into())) }),
    ]
}

fn screen(view: View) -> Screen {
    Screen { view, display_time: AT, as_of: Instant::now(), arrived_at: None, disk_problem: None }
}

fn view(page: Page) -> View {
    View {
        page,
        plate: "苏E·X1234".into(),
        link: LinkView::Up,
        meter: MeterState::Vacant,
        meter_stale: false,
        unsettled: 0,
        strips: Vec::new(),
        duty: Duty::OnShift,
        notes: Vec::new(),
        sentence: None,
        unreported: Vec::new(),
    }
}

fn code() -> ScreenCode {
    let vehicle = VehicleId(Uuid::from_u128(0x0190_4f3e_77aa_7c01_9d3e_2b6a_11c8_54f0));
    ScreenCode {
        digits: screen_code(&[4; 32], AT),
        seconds_left: 19,
        link: format!("https://pay.fareway.example/p/v/{vehicle}"),
    }
}

fn bill(number: u128) -> BillId {
    BillId(Uuid::from_u128(0x0190_4f3e_77aa_7c01_8d3e_2b6a_11c8_5400 + number))
}

fn yuan(minor: i64) -> Money {
    Money::new(minor, Currency::CNY)
}

fn line(kind: LineKind, amount_minor: i64) -> BillLine {
    BillLine { kind, amount_minor }
}

fn bill_view() -> BillView {
    let bill_code = bill_code(&[4; 32], bill(0), 1, &[7; 16]);
    BillView {
        bill: bill(0),
        link: format!("https://pay.fareway.example/p/b/{bill_code}"),
        digits: code().digits,
        total: yuan(2340),
        due: yuan(2340),
        source: FareSource::Meter,
        lines: vec![line(LineKind::Fare, 2340)],
        surcharge: None,
        progress: Some(BillProgress::Open),
        refused: None,
        may_change: true,
    }
}

/// A made-up place.
fn stop(lat: f64, lng: f64, words: &str) -> Option<Stop> {
    Some(Stop { place: LatLng::new(lat, lng).ok()?, words: words.into() })
}

fn ride() -> Option<Ride> {
    Some(Ride {
        pickup: stop(31.3301, 120.6071, "苏州站北广场，出租车上客点东侧")?,
        dropoff: stop(31.3142, 120.7003, "金鸡湖月光码头"),
        pickup_at: None,
        passenger: "李女士".into(),
        note: "有轮椅，请打开后备箱。".into(),
        seats: 2,
        quoted: Some(Quoted { total: yuan(3_200), fixed: false }),
    })
}

fn offer_view(seconds_left: i64, ride: Ride) -> OfferView {
    OfferView { offer: OfferId(Uuid::nil()), ride, pickup_m: 1_840, pickup_s: 225, seconds_left, taken: false }
}

fn trip_view(stage: TripStage, ride: Ride) -> TripView {
    TripView { trip: TripId(Uuid::nil()), stage, ride, pin_wanted: false, waiting: false }
}

fn paid_view(redrawn: bool) -> PaidView {
    let cover = Cover {
        currency: Currency::CNY,
        by_wallet_minor: 2340,
        otherwise_minor: 0,
        tip_minor: 0,
        trade_no_tail: "0042".into(),
        payer_tail: "7652".into(),
        paid_at: AT,
        scene_seed: [0x2c; 16],
    };
    PaidView { bill: bill(0), sequence: 3, total: yuan(2340), cover, redrawn }
}

fn not_paid_view() -> NotPaidView {
    NotPaidView {
        bill: bill(0),
        sequence: 3,
        total: yuan(2340),
        reason: NotPaid::Cancelled,
        said_at: AT,
        redrawn: false,
    }
}

fn rows() -> Vec<BillRow> {
    let row =
        BillRow { bill: bill(1), due: yuan(2340), total: yuan(2340), stated_at: AT, not_paid: None, ending: None };
    vec![
        row.clone(),
        BillRow { bill: bill(2), due: yuan(1340), ..row.clone() },
        BillRow { bill: bill(3), due: yuan(6120), total: yuan(6120), not_paid: Some(NotPaid::Closed), ..row.clone() },
        BillRow { bill: bill(4), due: yuan(990), total: yuan(990), ending: Some(EndedHow::PaidOtherwise), ..row },
    ]
}
