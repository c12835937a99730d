//! Why this car, in words: an offer's [`Reason`] as dispatchers read it. Plates and places instead of ids, spans instead of
//! dual prices. Pure; called for the console.

use fareway_shared::id::{ReservationId, VehicleId};

use super::model::{BY_HAND, Reason, Rival};

/// One text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Told {
    fn add(&mut self, zh: &str, en: &str) {
        self.zh.push_str(zh);
        if !self.en.is_empty() {
            self.en.push(' ');
        }
        self.en.push_str(en);
    }
}

/// A span of driving: seconds below a minute and a half, else minutes.
fn span(seconds: u32) -> [String; 2] {
    if seconds < 90 {
        return [format!("{seconds} 秒"), format!("{seconds} s")];
    }
    let minutes = seconds.saturating_add(30) / 60;
    [format!("{minutes} 分钟"), format!("{minutes} min")]
}

/// Says why a car was asked. `plate` names a car, `pickup` where a reservation's passenger waits.
pub fn explain(
    vehicle: VehicleId,
    reason: &Reason,
    plate: impl Fn(VehicleId) -> String,
    pickup: impl Fn(ReservationId) -> Option<String>,
) -> Told {
    let (car, mut told) = (plate(vehicle), Told::default());
    if reason.by == BY_HAND {
        told.add(&format!("调度员手动派给 {car}。"), &format!("Given to {car} by hand."));
    }
    if reason.measure == "unknown" {
        told.add("当时不知道它的位置。", "Nobody knew where it was then.");
        return told;
    }
    let [zh, en] = span(reason.pickup_s);
    told.add(&format!("{car} 到上车点约 {zh}。"), &format!("{car} is {en} away."));
    match reason.by.as_str() {
        BY_HAND => return told,
        "broadcast" => told.add(
            "因多位司机未接，此单同时派给了几辆车，先接者得。",
            "Several drivers had not taken the ride, so it was offered to several cars at once; the first to take it has it.",
        ),
        _ => {}
    }
    for rival in &reason.nearer {
        rival_words(&car, reason, rival, &plate(rival.vehicle), rival.given_to.map(&pickup), &mut told);
    }
    if reason.nearer.is_empty() {
        told.add("没有更近的合适空车。", "No free car that fits was nearer.");
    }
    told
}

/// Why not a car that was nearer. `given_to` is where its passenger of the same batch waits, if it has one.
fn rival_words(
    car: &str,
    reason: &Reason,
    rival: &Rival,
    plate: &str,
    given_to: Option<Option<String>>,
    told: &mut Told,
) {
    let Some(nearer_s) = reason.pickup_s.checked_sub(rival.pickup_s).filter(|nearer_s| *nearer_s > 0) else {
        told.add(
            &format!("{plate} 直线更近，但路上并不更快。"),
            &format!("{plate} is nearer on the map, but its way takes no less time."),
        );
        return;
    };
    let [zh, en] = span(nearer_s);
    let Some(place) = given_to else {
        // Nobody else needed it, so only the turn of the drivers can have outweighed the way.
        told.add(
            &format!("{plate} 近 {zh}，但它刚接过单；差距很小，轮到等得更久的 {car}。"),
            &format!(
                "{plate} is nearer by {en}, but had a ride more recently; for so little, it is the turn of {car}."
            ),
        );
        return;
    };
    let [saves_zh, saves_en] = span(rival.worth_s.saturating_sub(reason.worth_s));
    let (zh_where, en_where) = match place {
        Some(words) => (format!("去接“{words}”的乘客"), format!("where it goes (the passenger at {words})")),
        None => ("去接另一位乘客".to_owned(), "where it goes".to_owned()),
    };
    told.add(
        &format!("{plate} 近 {zh}，但它{zh_where}，可为其他人省 {saves_zh}。"),
        &format!("{plate} is nearer by {en}, but it saves the others {saves_en} {en_where}."),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn car(no: u128) -> VehicleId {
        VehicleId(Uuid::from_u128(no))
    }

    fn reason(by: &str, nearer: Vec<Rival>) -> Reason {
        Reason {
            by: by.to_owned(),
            batch: [2, 3],
            measure: "crow".to_owned(),
            pickup_s: 240,
            worth_s: 10,
            adds_s: 250,
            nearer,
        }
    }

    fn rival(no: u128, pickup_s: u32, worth_s: u32, given_to: Option<u128>) -> Rival {
        Rival { vehicle: car(no), pickup_s, worth_s, given_to: given_to.map(|no| ReservationId(Uuid::from_u128(no))) }
    }

    fn told(reason: &Reason) -> Told {
        let plate = |vehicle: VehicleId| format!("E-{}", vehicle.0.as_u128());
        explain(car(1), reason, plate, |reservation| (reservation.0.as_u128() == 9).then(|| "North Gate".to_owned()))
    }

    #[test]
    fn a_nearer_car_that_is_worth_more_elsewhere_is_named_with_what_it_saves() {
        let words = told(&reason("batch", vec![rival(2, 180, 190, Some(9))]));
        assert_eq!(
            words.en,
            "E-1 is 4 min away. E-2 is nearer by 60 s, but it saves the others 3 min where it goes (the passenger at North Gate)."
        );
        assert_eq!(words.zh, "E-1 到上车点约 4 分钟。E-2 近 60 秒，但它去接“North Gate”的乘客，可为其他人省 3 分钟。");
    }

    #[test]
    fn every_nearer_car_has_its_own_sentence() {
        let words =
            told(&reason("batch", vec![rival(2, 200, 0, None), rival(3, 240, 0, None), rival(4, 100, 300, Some(8))]));
        assert!(words.en.contains("E-2 is nearer by 40 s, but had a ride more recently"), "{}", words.en);
        assert!(words.en.contains("E-3 is nearer on the map, but its way takes no less time"), "{}", words.en);
        assert!(
            words.en.ends_with("E-4 is nearer by 2 min, but it saves the others 5 min where it goes."),
            "{}",
            words.en
        );
    }

    #[test]
    fn the_nearest_car_needs_no_excuse() {
        assert_eq!(told(&reason("batch", Vec::new())).en, "E-1 is 4 min away. No free car that fits was nearer.");
    }

    #[test]
    fn by_hand_and_broadcast_say_so() {
        assert_eq!(told(&reason(BY_HAND, Vec::new())).en, "Given to E-1 by hand. E-1 is 4 min away.");
        let nowhere = Reason { measure: "unknown".to_owned(), ..reason(BY_HAND, Vec::new()) };
        assert_eq!(told(&nowhere).en, "Given to E-1 by hand. Nobody knew where it was then.");
        assert!(told(&reason("broadcast", Vec::new())).en.contains("to several cars at once"));
    }
}
