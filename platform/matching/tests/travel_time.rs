//! Travel times are learned, updated, stored and read back, and what cannot be learned from is refused.

#![expect(clippy::unwrap_used, clippy::as_conversions, reason = "tests")]

#[path = "town/draw.rs"]
mod draw;

use draw::Draw;
use fareway_matching::travel_time::{Drive, FinishedTrip, Growth, TravelTimeError, TravelTimes};
use fareway_shared::place::LatLng;

const GROWTH: Growth = Growth { trees: 60, levels: 5, rate: 0.2 };

/// A town with a slow centre and a slow evening; `slower` is how much today is above that.
fn trips(seed: u64, count: usize, from_day: u32, slower: f64) -> Vec<FinishedTrip> {
    let mut draw = Draw(seed);
    let mut trips: Vec<FinishedTrip> = (0..count)
        .map(|_| {
            let mut place = || LatLng::new(37.7 + 0.1 * draw.share(), -122.5 + 0.1 * draw.share()).unwrap();
            let (pickup, dropoff) = (place(), place());
            let day_s = 86_400.0 * draw.share();
            let evening = if (57_600.0..72_000.0).contains(&day_s) { 1.5 } else { 1.0 };
            let centre = if pickup.lat() > 37.75 { 1.4 } else { 1.0 };
            let noise = 0.85 + 0.3 * draw.share();
            let took_s = (120.0 + pickup.crow_m(dropoff) / 8.0) * evening * centre * noise * slower;
            let local_s = f64::from(from_day) * 86_400.0 + day_s;
            FinishedTrip { drive: Drive { local_s, pickup, dropoff }, took_s }
        })
        .collect();
    trips.sort_by(|one, other| one.drive.local_s.total_cmp(&other.drive.local_s));
    trips
}

fn error_s(model: &TravelTimes, trips: &[FinishedTrip]) -> f64 {
    let off = trips.iter().map(|trip| (f64::from(model.predict_s(&trip.drive)) - trip.took_s).abs());
    off.sum::<f64>() / trips.len() as f64
}

#[test]
fn a_fitted_model_beats_one_speed_by_far_on_a_day_it_has_not_seen() {
    let (seen, unseen) = (trips(1, 6_000, 14_000, 1.0), trips(2, 1_000, 14_001, 1.0));
    let model = TravelTimes::fit(&seen, GROWTH).unwrap();
    let crow_m = |trip: &FinishedTrip| trip.drive.pickup.crow_m(trip.drive.dropoff);
    let pace = seen.iter().map(|trip| trip.took_s).sum::<f64>() / seen.iter().map(crow_m).sum::<f64>();
    let one_speed = unseen.iter().map(|trip| (crow_m(trip) * pace - trip.took_s).abs()).sum::<f64>() / 1_000.0;
    let ours = error_s(&model, &unseen);
    assert!(ours < 0.7 * one_speed, "{ours} s beside {one_speed} s");
}

#[test]
fn a_slow_day_is_learned_while_it_goes_on_and_forgotten_after() {
    let mut model = TravelTimes::fit(&trips(1, 6_000, 14_000, 1.0), GROWTH).unwrap();
    let fixed = model.clone();
    assert_eq!(model.error_s(), None);
    let today = trips(3, 3_000, 14_002, 1.3);
    let (first, rest) = today.split_at(1_500);
    for trip in first {
        model.observe(trip).unwrap();
    }
    let soon: Vec<FinishedTrip> = rest.iter().take(40).copied().collect();
    assert!(error_s(&model, &soon) < 0.8 * error_s(&fixed, &soon));
    let (told, measured) = (model.error_s().unwrap(), error_s(&fixed, first));
    assert!(told > 0.0 && told < measured, "{told} s told, {measured} s without learning");
    let drive = Drive { local_s: 14_005.0 * 86_400.0, ..rest.first().unwrap().drive };
    assert!((model.predict_s(&drive) / fixed.predict_s(&drive) - 1.0).abs() < 0.01);
}

#[test]
fn a_model_is_a_value_the_same_each_time_and_after_being_stored() {
    let seen = trips(4, 2_000, 14_000, 1.0);
    let mut model = TravelTimes::fit(&seen, GROWTH).unwrap();
    assert_eq!(model, TravelTimes::fit(&seen, GROWTH).unwrap());
    seen.iter().take(300).for_each(|trip| model.observe(trip).unwrap());
    let read = TravelTimes::from_json(model.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(read, model);
    let drives: Vec<Drive> = seen.iter().take(130).map(|trip| trip.drive).collect();
    let mut many = Vec::new();
    model.predict_into(&drives, &mut many);
    let one_by_one: Vec<f32> = drives.iter().map(|drive| read.predict_s(drive)).collect();
    assert_eq!(many, one_by_one);
}

#[test]
fn memory_stays_bounded_however_wide_the_world() {
    let mut model = TravelTimes::fit(&trips(1, 500, 14_000, 1.0), Growth { trees: 2, levels: 2, rate: 0.5 }).unwrap();
    for at in 0..40_000_u32 {
        let place = LatLng::new(f64::from(at % 200) * 0.8 - 80.0, f64::from(at / 200) * 0.8 - 80.0).unwrap();
        let drive = Drive { local_s: f64::from(at), pickup: place, dropoff: place };
        model.observe(&FinishedTrip { drive, took_s: 100.0 }).unwrap();
    }
    assert!((50_000..=131_072).contains(&model.means()), "{} means", model.means());
}

#[test]
fn what_cannot_be_learned_from_is_refused() {
    let mut seen = trips(1, 200, 14_000, 1.0);
    assert!(matches!(TravelTimes::fit(&seen[..50], GROWTH), Err(TravelTimeError::TooFew(50, 100))));
    assert!(matches!(TravelTimes::fit(&seen, Growth { trees: 0, ..GROWTH }), Err(TravelTimeError::Growth)));
    assert!(matches!(TravelTimes::fit(&seen, Growth { levels: 9, ..GROWTH }), Err(TravelTimeError::Growth)));
    let mut model = TravelTimes::fit(&seen, GROWTH).unwrap();
    for took_s in [0.0, -5.0, f64::NAN, f64::INFINITY] {
        seen[7].took_s = took_s;
        assert!(matches!(model.observe(&seen[7]), Err(TravelTimeError::NotATime(_))));
        assert!(matches!(TravelTimes::fit(&seen, GROWTH), Err(TravelTimeError::NotATime(_))));
    }
    assert!(matches!(TravelTimes::from_json(b"[1,2]"), Err(TravelTimeError::Unreadable(_))));
    let json = model.to_json().unwrap();
    assert!(matches!(TravelTimes::from_json(&json.as_bytes()[..json.len() / 2]), Err(TravelTimeError::Unreadable(_))));
    let torn = json.replacen("\"column\":", "\"column\":2", 1);
    assert!(matches!(TravelTimes::from_json(torn.as_bytes()), Err(TravelTimeError::Torn("trees"))));
    let torn = json.replacen("\"weight\":", "\"weight\":-", 1);
    assert!(matches!(TravelTimes::from_json(torn.as_bytes()), Err(TravelTimeError::Torn("means"))));
}
